import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines, run } from '../machine/command.mjs';
import { inRoot, root, writeFile } from '../machine/home.mjs';

/**
 * @typedef {object} Bundle
 * @property {string} app folder under apps/
 * @property {string} out where it goes, inside that folder
 * @property {string[]} sources folders of the repository that it is made of
 * @property {string[]} files files of its own folder that it is made of
 */

/**
 * Bundles an app where anything it is made of changed. The packages have to be compiled first. Answers what is wrong, nothing where all is well.
 * @param {Bundle} bundle
 * @returns {Promise<string[]>}
 */
export async function bundleApp(bundle) {
  const folder = inRoot('apps', bundle.app);
  const stampPath = join(folder, bundle.out, '.sconce-built');
  const wanted = fingerprint(bundle, folder);
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8').trim() === wanted) return [];
  rmSync(stampPath, { force: true });
  const vite = inRoot('node_modules', 'vite', 'bin', 'vite.js');
  const result = await run(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: folder,
    timeoutMs: 300_000,
  });
  if (result.code !== 0) return lastLines(result.stderr + result.stdout, 30);
  writeFile(stampPath, `${wanted}\n`, 0o644);
  return [];
}

/**
 * @param {Bundle} bundle
 * @param {string} folder
 */
function fingerprint({ sources, files }, folder) {
  const inFolders = sources.flatMap((name) =>
    readdirSync(inRoot(name), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.includes('.test.'))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  const own = files.map((name) => join(folder, name));
  const hash = createHash('sha256');
  for (const path of [...inFolders, ...own, inRoot('package-lock.json')].sort())
    hash.update(path.slice(root.length)).update(readFileSync(path));
  return hash.digest('hex');
}
