import { ReplicasRefused } from '@sconce/ports';
import { EngineRefused, isImageMissing } from '../engine/engine-errors.ts';
import type { ReplicaParts } from './start-replica.ts';

/** Does it, and once more after pulling the image where the engine lacks it. Throws `ReplicasRefused` image_missing, image_pull_failed. */
export async function ensureImage<T>(
  parts: Pick<ReplicaParts, 'engine' | 'log'>,
  reference: string,
  create: () => Promise<T>,
): Promise<T> {
  try {
    return await create();
  } catch (error) {
    if (!isImageMissing(error)) throw error;
  }
  await pullImage(parts, reference);
  return create();
}

async function pullImage({ engine, log }: Pick<ReplicaParts, 'engine' | 'log'>, reference: string): Promise<void> {
  if (reference.startsWith('sha256:')) {
    throw new ReplicasRefused(
      'image_missing',
      `The image ${reference.slice(0, 19)} is not on this machine any more. Build the commit again.`,
    );
  }
  log.info({ image: reference }, 'pulling an image');
  try {
    await engine.pullImage(reference);
  } catch (error) {
    if (!(error instanceof EngineRefused)) throw error;
    throw Object.assign(
      new ReplicasRefused('image_pull_failed', `The image ${reference} cannot be pulled: ${error.detail}`),
      { cause: error },
    );
  }
}
