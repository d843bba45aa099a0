import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot, readJson } from '../machine/home.mjs';

/**
 * A hash over the compiled code of a workspace package and of every one it stands on. What runs with another stamp is old.
 * @param {string} name "@sconce/gateway"
 */
export function buildStamp(name) {
  const folders = packageFolders();
  const hash = createHash('sha256');
  for (const each of [...closure(name, folders)].sort()) addFolder(hash, join(folders.get(each), 'dist'));
  return hash.digest('hex').slice(0, 16);
}

/** @returns {Map<string, string>} workspace package name to its folder */
function packageFolders() {
  const lock = readJson(inRoot('package-lock.json'));
  const folders = Object.keys(lock.packages).filter((path) => path !== '' && !path.includes('node_modules/'));
  return new Map(
    folders.flatMap((folder) => {
      const manifest = readJson(inRoot(folder, 'package.json'));
      return manifest ? [[manifest.name, inRoot(folder)]] : [];
    }),
  );
}

function closure(name, folders, seen = new Set()) {
  if (seen.has(name) || !folders.has(name)) return seen;
  seen.add(name);
  const { dependencies = {} } = readJson(join(folders.get(name), 'package.json'));
  for (const each of Object.keys(dependencies)) closure(each, folders, seen);
  return seen;
}

function addFolder(hash, folder) {
  if (!existsSync(folder)) return;
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) addFolder(hash, path);
    else if (/\.(js|json|html|css)$/.test(entry.name)) hash.update(path).update(readFileSync(path));
  }
}
