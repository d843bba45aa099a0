import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@sconce/foundation';
import { writeDurably } from '../table/disk-table.ts';

const pattern = /^gtw_[0-9a-z]{26}$/;

/** The name this gateway keeps across restarts; made on the first start. */
export async function loadGatewayId(directory: string): Promise<string> {
  const path = join(directory, 'id');
  const known = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw new Error(`the gateway's id could not be read from ${path}`, { cause: error });
  });
  if (pattern.test(known.trim())) return known.trim();
  const made = newId('gtw');
  await writeDurably(path, `${made}\n`);
  return made;
}
