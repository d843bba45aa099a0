import { existsSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, readJson, writeJson } from '../../bootstrap/machine/home.mjs';

/** Paths that programs of a node have written into them; in each node another folder is mounted there. */
export const mountPoints = [
  '/run/containerd',
  '/var/lib/containerd',
  '/var/lib/kubelet',
  '/var/lib/cni',
  '/var/log/pods',
  '/var/log/containers',
];

/**
 * Which of them were made for clusters, and for which: all clones share them. To remove one under a cluster that still runs would
 * take its mount away, though it is in another namespace.
 */
const claims = '/var/lib/sconce/local-clusters';
const madePath = join(claims, 'made.json');

/** Makes those that are missing. @param {import('../settings/cluster-record.mjs').ClusterRecord} record */
export function claimMountPoints(record) {
  const missing = mountPoints.filter((path) => !existsSync(path));
  makeFolder(claims);
  writeJson(madePath, [...new Set([...(readJson(madePath) ?? []), ...missing])]);
  writeFileSync(join(claims, record.id), '');
  for (const path of missing) makeFolder(path);
}

/** Removes what was made, when the last cluster leaves. */
export function releaseMountPoints(record) {
  rmSync(join(claims, record.id), { force: true });
  const made = readJson(madePath);
  if (made === null || readdirSync(claims).some((name) => name !== 'made.json')) return;
  for (const path of made) removeIfEmpty(path);
  rmSync(madePath);
  removeIfEmpty(claims);
  removeIfEmpty('/var/lib/sconce');
}

/** Whoever else uses such a folder has something in it. */
function removeIfEmpty(path) {
  try {
    rmdirSync(path);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EBUSY', 'EEXIST'].includes(error.code)) throw error;
  }
}
