import type { ContainerFacts, Engine } from '../engine/engine.ts';
import { isNotFound } from '../engine/engine-errors.ts';
import { label } from '../names.ts';

/** What the engine says of a replica's container and of the sandbox that its network belongs to; null when that is gone. */
export interface ReplicaFacts {
  readonly container: ContainerFacts;
  readonly sandbox: ContainerFacts | null;
}

/** Throws as `inspectContainer` when the replica is gone. `sandbox` saves a round trip to whoever knows it. */
export async function inspectReplica(engine: Engine, id: string, sandbox?: string): Promise<ReplicaFacts> {
  if (sandbox !== undefined) {
    const [container, facts] = await Promise.all([engine.inspectContainer(id), inspectSandbox(engine, sandbox)]);
    return { container, sandbox: facts };
  }
  const container = await engine.inspectContainer(id);
  return { container, sandbox: await inspectSandbox(engine, container.Config.Labels?.[label.sandbox] ?? '') };
}

async function inspectSandbox(engine: Engine, id: string): Promise<ContainerFacts | null> {
  if (id === '') return null;
  try {
    return await engine.inspectContainer(id);
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}
