import { createHash } from 'node:crypto';
import { resolve } from 'node:path';

/**
 * Tells installations apart that share a container engine: a label on everything they make. The same for every process of one
 * installation, since it comes from where its home is.
 */
export function installationOf(home: string): string {
  return createHash('sha256').update(resolve(home)).digest('hex').slice(0, 12);
}
