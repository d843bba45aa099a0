import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodes } from '@sconce/cli';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCommandLine } from '../support/command-line.ts';
import { type Platform, startPlatform } from '../support/platform.ts';

const folder = fileURLToPath(new URL('../../apps/cli', import.meta.url));
let platform: Platform;
let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sconce-package-'));
  platform = await startPlatform();
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await platform?.stop();
});

/** npm as it comes with the system, without anything it could fetch from. */
function npm(cwd: string, ...args: string[]): string {
  const environment = { PATH: process.env.PATH, HOME: directory, npm_config_cache: join(directory, 'cache') };
  const offline = ['--offline', '--no-audit', '--no-fund', '--no-update-notifier'];
  return execFileSync('npm', [...args, ...offline], {
    cwd,
    env: environment,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

describe('the package of the command line', () => {
  it('packs everything it needs, and installs without a registry', () => {
    npm(folder, 'pack', '--pack-destination', directory);
    const tarball = join(directory, readdirSync(directory).find((name) => name.endsWith('.tgz')) ?? '');
    npm(directory, 'install', '--global', '--prefix', join(directory, 'prefix'), tarball);
    const installed = join(directory, 'prefix/lib/node_modules/@sconce/cli');
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Record<string, unknown>;
    expect([manifest.dependencies, JSON.stringify(manifest)]).toEqual([
      undefined,
      expect.not.stringContaining('workspace:'),
    ]);
    expect(readdirSync(installed).sort()).toEqual(['README.md', 'bin', 'bundle', 'package.json']);
    expect(existsSync(join(installed, 'node_modules'))).toBe(false);
    expect(readFileSync(join(installed, 'bundle/licenses.md'), 'utf8')).toContain('commander');
  });

  it('runs by its name, from anywhere, against a platform', async () => {
    const sconce = join(directory, 'prefix/bin/sconce');
    const made = makeCommandLine(platform, [process.execPath, sconce]);
    mkdirSync(join(directory, 'elsewhere'));
    const cli = made.with({ directory: join(directory, 'elsewhere') });
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    expect(await cli.run(['--version'])).toEqual({ code: exitCodes.done, out: `${version}\n`, err: '' });
    expect(execFileSync(sconce, ['--version'], { encoding: 'utf8' })).toBe(`${version}\n`);
    expect(await cli.json('status')).toMatchObject({ apiUrl: platform.apiUrl, data: [], page: { next: null } });
    expect(await cli.json('projects', 'create', 'vision')).toMatchObject({ slug: 'vision' });
    expect(await cli.json('whoami')).toMatchObject({ source: 'SCONCE_API_URL' });
    expect(await cli.run(['up'])).toMatchObject({ code: exitCodes.usage, err: expect.stringContaining('no_checkout') });
    const nowhere = cli.with({ environment: { SCONCE_API_URL: '', SCONCE_TOKEN: '' } });
    expect(await nowhere.run(['status'])).toMatchObject({
      code: exitCodes.usage,
      err: expect.stringContaining('not_connected'),
    });
    made.remove();
  });

  it('imports nothing but its own files and Node', () => {
    const bundle = join(directory, 'prefix/lib/node_modules/@sconce/cli/bundle');
    const scripts = readdirSync(bundle).filter((name) => name.endsWith('.js'));
    const imported = scripts.flatMap((name) =>
      [
        ...readFileSync(join(bundle, name), 'utf8').matchAll(
          /[}\w]from["']([^"']+)["'];|\bimport\(["'`]([^"'`]+)["'`]\)/g,
        ),
      ].map((match) => match[1] ?? match[2] ?? ''),
    );
    expect(imported.filter((name) => name.startsWith('./')).length).toBeGreaterThan(scripts.length);
    expect(imported.filter((name) => !/^(?:\.\/|node:)/.test(name))).toEqual([]);
  });
});
