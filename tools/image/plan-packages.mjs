/**
 * @typedef {object} LockEntry of `packages` in package-lock.json
 * @property {string} [resolved]
 * @property {boolean} [link]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [optionalDependencies]
 */

/**
 * What has to be there for some of our packages to run: their own folders, and those of all packages that they need at run time, as the lock file places them.
 *
 * @param {Record<string, LockEntry>} locked `packages` of package-lock.json
 * @param {string[]} roots folders of the workspace
 * @returns {{ own: string[], links: string[], packages: string[] }} folders from the root, each sorted: of the workspace, the links that lead to them, and what npm installed
 */
export function planPackages(locked, roots) {
  const own = new Set();
  const links = new Set();
  const packages = new Set();
  const waiting = [...roots];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const isOurs = !folder.includes('node_modules/');
    const found = isOurs ? own : packages;
    if (found.has(folder)) continue;
    found.add(folder);
    const { dependencies, optionalDependencies } = locked[folder] ?? {};
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const place = placeOf(locked, folder, name);
      // An optional one that is for other machines is not there.
      if (place === null) continue;
      if (locked[place].link) links.add(place);
      waiting.push(locked[place].link ? locked[place].resolved : place);
    }
  }
  return { own: [...own].sort(), links: [...links].sort(), packages: [...packages].sort() };
}

/** Where Node would find it: in the folder's own node_modules, else in that of one above. */
function placeOf(locked, folder, name) {
  const parts = folder.split('/');
  for (let length = parts.length; length >= 0; length -= 1) {
    const place = [...parts.slice(0, length), 'node_modules', name].join('/');
    if (locked[place] !== undefined) return place;
  }
  return null;
}
