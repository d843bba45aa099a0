import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Files } from './find-facts.ts';

const passedOver: ReadonlySet<string> = new Set([
  '.git',
  'node_modules',
  '.venv',
  'venv',
  '__pycache__',
  'dist',
  'build',
  'site-packages',
]);
const readable = /(?:^|\/)(?:Dockerfile|Containerfile|Pipfile)$|\.(?:py|txt|in|toml|cfg|ya?ml|js|mjs|ts|go|rs)$/;
const mostFiles = 500;
const mostBytes = 256 * 1024;
const deepest = 3;

/** The files of a repository that say how it is built and served; of a large one the first so many. Links are not followed. */
export async function readRepositoryFiles(root: string): Promise<Files> {
  const files = new Map<string, string>();
  const folders = [''];
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !passedOver.has(entry.name) && path.split('/').length <= deepest) folders.push(path);
      if (!entry.isFile() || !readable.test(path)) continue;
      if (files.size >= mostFiles) return files;
      const size = (await stat(join(root, path)).catch(() => null))?.size ?? Number.POSITIVE_INFINITY;
      if (size <= mostBytes) files.set(path, await readFile(join(root, path), 'utf8').catch(() => ''));
    }
  }
  return files;
}
