import type { Engine } from '../engine/engine.ts';
import { label } from '../names.ts';
import type { SandboxPool } from '../sandboxes/sandbox-pool.ts';
import { removeSidecars } from './replica-sidecars.ts';

/** Throws as `removeContainer`. Sidecars are stopped after it; the sandbox goes last: one that is left over is found and removed in time. */
export async function removeWithSandbox(
  { engine, home, sandboxes }: { readonly engine: Engine; readonly home: string; readonly sandboxes: SandboxPool },
  id: string,
): Promise<void> {
  const { Config } = await engine.inspectContainer(id);
  await engine.removeContainer(id);
  const sandbox = Config.Labels?.[label.sandbox] ?? '';
  const sidecars = Config.Labels?.[label.sidecars] ?? '';
  if (sandbox !== '' && sidecars !== '') await removeSidecars(engine, home, sandbox, sidecars.split(','));
  if (sandbox !== '') await sandboxes.remove(sandbox);
}
