import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram, mustRun } from '../../bootstrap/machine/command.mjs';
import { mustHaveSpace } from '../../bootstrap/machine/disk.mjs';
import { makeFolder, readJson, writeJson } from '../../bootstrap/machine/home.mjs';
import { inCluster } from '../settings/folders.mjs';
import { ensureGo, findGo } from './go-toolchain.mjs';

const modules = join(dirname(fileURLToPath(import.meta.url)), '..');
const buildTimeoutMs = 3_600_000;

/**
 * A program built from one of the Go modules beside this folder, once: again only when its sources or Go change.
 *
 * @param {string} name of the module's folder and of the program
 * @param {{ linkerFlags?: string, minutes: string, main?: string, module?: string }} how `minutes`: how long it takes, in words; `main`: the package of a module that is only
 *   named in go.mod, where the folder has no program of its own; `module`: the folder, where it is not called like the program
 * @param {{ doing: (note: string) => void }} progress
 * @returns {Promise<string>} its path
 */
export async function ensureGoProgram(name, { linkerFlags = '', minutes, main = '.', module = name }, progress) {
  const program = inCluster('bin', name);
  const stampPath = `${program}.json`;
  const known = await findGo();
  const stamp = readJson(stampPath);
  const sources = hashOfSources(join(modules, module));
  // Who has the program, but no Go (any more), can still use it.
  if (existsSync(program) && stamp?.sources === sources && (known === null || stamp.go === known.version))
    return program;
  const { go, version } = known ?? (await ensureGo(progress));
  makeFolder(inCluster('bin'));
  mustHaveSpace(inCluster('bin'), 5, `Building ${name}`);
  progress.doing(`building ${name} from its Go modules: ${minutes}, once`);
  // At low priority: minutes of full load would stand in the way of everything else.
  const nice = findProgram('nice');
  const command = [...(nice ? [nice, '-n', '19'] : []), go, ...buildArguments(program, linkerFlags, main)];
  await mustRun(
    `Building ${name}`,
    command[0],
    command.slice(1),
    {
      cwd: join(modules, module),
      env: { ...process.env, CGO_ENABLED: '0' },
      timeoutMs: buildTimeoutMs,
    },
    ['Go reads modules from GOPROXY (`go env GOPROXY`): is it reachable?'],
  );
  writeJson(stampPath, { sources, go: version }, 0o644);
  return program;
}

const buildArguments = (program, linkerFlags, main) => [
  ...['build', '-trimpath', '-ldflags', `-s -w ${linkerFlags}`.trim(), '-o', program, main],
];

function hashOfSources(folder) {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', 'main.go']) {
    const path = join(folder, file);
    hash.update(`${file}\n`);
    if (existsSync(path)) hash.update(readFileSync(path));
  }
  return hash.digest('hex');
}
