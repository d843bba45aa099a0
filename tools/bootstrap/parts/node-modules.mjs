import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { findProgram, mustRun, run } from '../machine/command.mjs';
import { inRoot, root, writeFile } from '../machine/home.mjs';
import { Problem } from '../terminal/problem.mjs';
import { step } from '../terminal/step.mjs';

const stampPath = inRoot('node_modules', '.sconce-installed');
export const ownNode = inRoot('node_modules', '.bin', 'node');
/** What the platform runs on: `node-linux-*` in package.json brings it. */
const neededMajor = 24;

/** Installs npm packages where the lock file or a package.json changed since they were last installed. */
export async function ensureNodeModules() {
  // The process that went on in Node 24 comes by here again.
  if (process.env.SCONCE_CONTINUED === '1') return;
  await step('npm packages', async (progress) => {
    const wanted = fingerprint();
    if (existsSync(stampPath) && readFileSync(stampPath, 'utf8').trim() === wanted) return 'present';
    progress.doing('npm install: the libraries that Sconce is written with');
    await install();
    linkOwnNode();
    writeFile(stampPath, `${wanted}\n`, 0o644);
    return '';
  });
}

async function install() {
  const npm = findProgram('npm');
  if (npm === null) {
    throw new Problem(
      'npm is not on the PATH.',
      'Install Node.js 20 or later together with npm: https://nodejs.org/en/download',
    );
  }
  // Not `npm ci`: it removes node_modules first, under a platform that may be running from it, and it refuses a lock file
  // that lacks packages of other operating systems. With --no-save the lock file decides and stays as it is.
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  const next = [
    'Is the npm registry reachable? `npm ping` tells; `npm config get registry` says which one is asked.',
    'Behind a proxy: npm config set proxy http://host:port',
  ];
  await mustRun(
    'Installing npm packages',
    npm,
    args,
    { cwd: root, timeoutMs: 900_000, env: { ...process.env, NODE_ENV: 'development' } },
    next,
  );
}

/** npm 10 unpacks the package that fits this machine, yet links no program of it, since another machine's package claims the name too. */
function linkOwnNode() {
  const program = inRoot('node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(program) && !existsSync(ownNode)) symlinkSync(relative(dirname(ownNode), program), ownNode);
}

/** Of the lock file and every package.json that npm reads: adding a dependency or a workspace is noticed as well. */
function fingerprint() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} `);
  const lock = readFileSync(inRoot('package-lock.json'), 'utf8');
  hash.update(lock);
  const manifests = Object.keys(JSON.parse(lock).packages).filter((path) => !path.includes('node_modules'));
  for (const folder of manifests.sort()) {
    const path = inRoot(folder, 'package.json');
    hash.update(existsSync(path) ? readFileSync(path) : folder);
  }
  return hash.digest('hex');
}

/**
 * Goes on in Node 24 where this process is older: same script, same arguments, and this process ends with its exit code.
 */
export async function ensureNode24() {
  if (Number(process.versions.node.split('.')[0]) >= neededMajor) return;
  const check = await run(ownNode, ['--version'], { timeoutMs: 10_000 });
  if (check.code !== 0) {
    throw new Problem(
      `Sconce runs on Node ${neededMajor}; this is ${process.version}, and none was found in node_modules for ${process.platform} ${process.arch}.`,
      `Install Node ${neededMajor} (https://nodejs.org/en/download, or your version manager) and run this again.`,
      check.stderr ? [check.stderr.trim()] : [],
    );
  }
  const args = [...process.execArgv, ...process.argv.slice(1)];
  const child = spawn(realpathSync(ownNode), args, {
    stdio: 'inherit',
    env: { ...process.env, SCONCE_CONTINUED: '1' },
  });
  // Ctrl+C reaches both through the terminal; what is sent to this process alone is handed on.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGHUP', () => child.kill('SIGHUP'));
  const code = await new Promise((resolve) => child.on('close', (status) => resolve(status ?? 1)));
  process.exit(code);
}
