import type { Engine } from '../engine/engine.ts';
import { label } from '../names.ts';
import type { SandboxPool } from '../sandboxes/sandbox-pool.ts';

/** Throws as `removeContainer`. The sandbox goes last: one that is left over is found and removed in time. */
export async function removeWithSandbox(
  { engine, sandboxes }: { readonly engine: Engine; readonly sandboxes: SandboxPool },
  id: string,
): Promise<void> {
  const { Config } = await engine.inspectContainer(id);
  await engine.removeContainer(id);
  const sandbox = Config.Labels?.[label.sandbox] ?? '';
  if (sandbox !== '') await sandboxes.remove(sandbox);
}
