import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { findProgram } from '../machine/command.mjs';
import { dockerHosts } from '../machine/docker-api.mjs';
import { installLine } from '../machine/packages.mjs';
import { asRoot } from '../machine/privilege.mjs';
import { Problem } from '../terminal/problem.mjs';
import { findChromium } from './chromium.mjs';
import { postgresPrograms } from './postgres-programs.mjs';
import { findRedisProgram } from './redis.mjs';

const things = {
  git: { label: 'git', isMissing: async () => findProgram('git') === null },
  docker: {
    label: 'Docker Engine',
    variable: 'DOCKER_HOST',
    isMissing: async () => dockerHosts().length === 0 && findProgram('dockerd') === null,
  },
  redis: {
    label: 'Redis',
    variable: 'REDIS_URL',
    isMissing: async () => !process.env.REDIS_URL && findRedisProgram() === null,
  },
  postgres: {
    label: 'Postgres',
    variable: 'DATABASE_URL',
    isMissing: async () => !process.env.DATABASE_URL && (await postgresPrograms(null)) === null,
  },
  busybox: { label: 'busybox-static', isMissing: async () => !existsSync('/bin/busybox') },
  iproute2: { label: 'iproute2', isMissing: async () => findProgram('ip') === null },
  chromium: { label: 'Chromium', variable: 'CHROMIUM_PATH', isMissing: async () => findChromium() === null },
};

/**
 * Where nothing can be installed from here, names all that is missing at once, with the one line that an administrator types.
 * @param {(keyof typeof things)[]} needed
 */
export async function mustBeInstallable(needed) {
  if ((await asRoot()) !== null) return;
  const missing = [];
  for (const thing of needed) if (await things[thing].isMissing()) missing.push(thing);
  if (missing.length === 0) return;
  const labels = missing.map((thing) => things[thing].label);
  const variables = missing.map((thing) => things[thing].variable).filter(Boolean);
  const line = installLine(missing);
  throw new Problem(
    `${labels.join(', ')} ${labels.length === 1 ? 'is' : 'are'} missing, and installing needs root: this user is not root and sudo does not work here.`,
    [
      line ? `Have an administrator type: ${line}` : 'Have an administrator install what is missing.',
      ...(missing.includes('docker')
        ? [
            `and: sudo usermod -aG docker ${userInfo().username} (it gives ${userInfo().username} the powers of root), then log in again.`,
          ]
        : []),
      ...(variables.length > 0 ? [`What runs elsewhere already can be given instead: ${variables.join(', ')}.`] : []),
    ],
  );
}
