import type { ContainerListing, Engine } from '../engine/engine.ts';
import { isNotFound } from '../engine/engine-errors.ts';

/**
 * Whether this container keeps what others hold too, chosen in the same moment by another process: what runs keeps it, else what was made
 * first. Another one that is gone when it is looked at has given way itself.
 */
export async function hasWayBefore(
  engine: Pick<Engine, 'inspectContainer'>,
  id: string,
  others: readonly Pick<ContainerListing, 'Id'>[],
): Promise<boolean> {
  if (others.length === 0) return true;
  const mine = await engine.inspectContainer(id);
  if (mine.State.Running) return true;
  for (const other of others) {
    const theirs = await lookAt(engine, other.Id);
    if (theirs !== null && (theirs.State.Running || theirs.Created <= mine.Created)) return false;
  }
  return true;
}

async function lookAt(engine: Pick<Engine, 'inspectContainer'>, id: string) {
  try {
    return await engine.inspectContainer(id);
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}
