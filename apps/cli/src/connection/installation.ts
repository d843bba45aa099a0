/** Files of a checkout of Sconce: what `up` wrote down, and the scripts behind `up` and `down`. */
export function installationFiles(checkout: string) {
  return {
    upFile: `${checkout}.sconce/up.json`,
    up: `${checkout}tools/bootstrap/up.mjs`,
    down: `${checkout}tools/bootstrap/down.mjs`,
  } as const;
}
