import type { Engine } from '../engine/engine.ts';
import { EngineRefused, isConflict, isNotFound } from '../engine/engine-errors.ts';
import { removeWithSandbox } from './remove-with-sandbox.ts';
import type { ReplicaParts } from './start-replica.ts';

const gonePauseMs = 50;
const goneTries = 400;

/** SIGTERM, SIGKILL after the container's own stop timeout, removed; resolves when it is gone. Fine when it never was. */
export async function stopAndRemoveReplica(parts: ReplicaParts, id: string): Promise<void> {
  const { engine, tracker } = parts;
  try {
    const facts = await engine.inspectContainer(id);
    await stop(engine, id, (facts.Config.StopTimeout ?? 10) * 1000);
    await removeWithSandbox(parts, id);
  } catch (error) {
    // 409: somebody else is removing it.
    if (isConflict(error)) await untilGone(parts, id);
    else if (!isNotFound(error)) throw error;
  }
  tracker.forget(id);
}

/** A stop that the engine refuses (a paused container, say) is no reason to keep it: removing kills. */
async function stop(engine: Engine, id: string, stopTimeoutMs: number): Promise<void> {
  try {
    await engine.stopContainer(id, stopTimeoutMs);
  } catch (error) {
    if (!(error instanceof EngineRefused) || isNotFound(error)) throw error;
  }
}

async function untilGone({ engine, clock }: ReplicaParts, id: string): Promise<void> {
  for (let tries = 0; tries < goneTries; tries += 1) {
    try {
      await engine.inspectContainer(id);
    } catch (error) {
      if (isNotFound(error)) return;
      throw error;
    }
    await clock.sleep(gonePauseMs);
  }
  throw new Error(`removing container ${id.slice(0, 12)}: the engine is still at it`);
}
