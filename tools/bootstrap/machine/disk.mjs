import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { Problem } from '../terminal/problem.mjs';

const gib = 1024 ** 3;

/** Free for this user, in GiB, on the disk that holds `path` (or will, once it is made). */
export function freeGiB(path) {
  let existing = path;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  return (bavail * bsize) / gib;
}

export function mustHaveSpace(path, neededGiB, what) {
  const free = freeGiB(path);
  if (free >= neededGiB) return;
  throw new Problem(`${what} needs about ${neededGiB} GB on the disk of ${path}; ${free.toFixed(1)} GB are free.`, [
    'Free some space and run this again: `df -h` shows the disks, `docker system df` what the engine holds.',
  ]);
}
