import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServiceId } from '@sconce/core';

/**
 * The highest generation seen per service. In a directory it holds for all processes of the machine and over restarts: one
 * empty file per generation, so that two writers at once cannot lower it.
 */
export interface GenerationFence {
  /** Remembers `generation`; false when a higher one was seen before. */
  admit(service: ServiceId, generation: number): Promise<boolean>;
  forget(service: ServiceId): Promise<void>;
}

export function createGenerationFence(directory: string | null): GenerationFence {
  const seen = new Map<ServiceId, number>();
  return {
    async admit(service, generation) {
      const before = Math.max(seen.get(service) ?? 0, directory === null ? 0 : await readHighest(directory, service));
      const highest = Math.max(before, generation, seen.get(service) ?? 0);
      seen.set(service, highest);
      if (generation < highest) return false;
      if (directory !== null && generation > before) await note(directory, service, generation);
      return true;
    },
    async forget(service) {
      seen.delete(service);
      if (directory !== null) await rm(join(directory, service), { recursive: true, force: true });
    },
  };
}

async function readGenerations(directory: string, service: ServiceId): Promise<readonly number[]> {
  try {
    return (await readdir(join(directory, service))).map(Number).filter((number) => Number.isSafeInteger(number));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new Error(`reading the generations of ${service}`, { cause: error });
  }
}

async function readHighest(directory: string, service: ServiceId): Promise<number> {
  return Math.max(0, ...(await readGenerations(directory, service)));
}

async function note(directory: string, service: ServiceId, generation: number): Promise<void> {
  const place = join(directory, service);
  try {
    await mkdir(place, { recursive: true, mode: 0o700 });
    await writeFile(join(place, String(generation)), '', { mode: 0o600 });
    const lower = (await readGenerations(directory, service)).filter((number) => number < generation);
    await Promise.all(lower.map((number) => rm(join(place, String(number)), { force: true })));
  } catch (error) {
    throw new Error(`noting generation ${generation} of ${service}`, { cause: error });
  }
}
