import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Context } from '../context.ts';
import { createTerminal } from '../terminal/terminal.ts';
import { readConnectionFile, userConfigPath, writeUserConfig } from './connection-files.ts';
import { findConnection } from './find-connection.ts';

let root: string;
let notes: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sconce-cli-'));
  notes = '';
});
afterEach(() => rm(root, { recursive: true, force: true }));

function context(environment: Record<string, string> = {}): Context {
  const silent = {
    write: (text: string) => {
      notes += text;
    },
  };
  return {
    version: '0.0.0',
    environment,
    checkout: null,
    directory: join(root, 'work', 'deep', 'down'),
    home: join(root, 'home'),
    terminal: createTerminal(silent, silent, {}),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: new AbortController().signal,
  };
}

async function put(path: string, content: object, mode = 0o600): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, JSON.stringify(content));
  await chmod(path, mode);
}

const up = () => join(root, 'work', '.sconce', 'up.json');
const config = () => join(root, 'home', '.config', 'sconce', 'config.json');

describe('findConnection', () => {
  it('finds what `up` wrote, in a directory above, before the user’s own', async () => {
    await put(up(), { apiUrl: 'http://127.0.0.1:7400', token: 'from-up' });
    await put(config(), { apiUrl: 'https://sconce.example', token: 'from-config' });
    expect(await findConnection(context(), {})).toMatchObject({
      apiUrl: 'http://127.0.0.1:7400',
      token: 'from-up',
      source: up(),
    });
  });

  it('looks first where SCONCE_HOME says', async () => {
    await put(up(), { apiUrl: 'http://127.0.0.1:7400', token: 'from-up' });
    await put(join(root, 'elsewhere', 'up.json'), { apiUrl: 'http://127.0.0.1:7500', token: 'from-home' });
    expect(await findConnection(context({ SCONCE_HOME: join(root, 'elsewhere') }), {})).toMatchObject({
      token: 'from-home',
    });
  });

  it('takes flags before the environment, and both before files', async () => {
    await put(up(), { apiUrl: 'http://127.0.0.1:7400', token: 'from-up' });
    const environment = { SCONCE_API_URL: 'https://env.example', SCONCE_TOKEN: 'from-env' };
    expect(await findConnection(context(environment), {})).toMatchObject({
      apiUrl: 'https://env.example',
      token: 'from-env',
    });
    expect(
      await findConnection(context(environment), { apiUrl: 'https://flag.example', token: 'from-flag' }),
    ).toMatchObject({ apiUrl: 'https://flag.example', token: 'from-flag' });
  });

  it('never sends a stored token to another address than its own', async () => {
    await put(up(), { apiUrl: 'http://127.0.0.1:7400', token: 'from-up' });
    expect(await findConnection(context(), { apiUrl: 'https://elsewhere.example' })).toMatchObject({ token: null });
    expect(await findConnection(context({ SCONCE_API_URL: 'http://127.0.0.1:1' }), {})).toMatchObject({
      token: null,
    });
    expect(await findConnection(context(), { apiUrl: 'http://127.0.0.1:7400/' })).toMatchObject({ token: 'from-up' });
  });

  it('passes over a file that others can read, and says so', async () => {
    await put(up(), { apiUrl: 'http://127.0.0.1:7400', token: 'from-up' }, 0o644);
    await put(config(), { apiUrl: 'https://sconce.example', token: 'from-config' });
    expect(await findConnection(context(), {})).toMatchObject({ token: 'from-config' });
    expect(notes).toContain(`chmod 600 ${up()}`);
  });

  it.each(['ftp://x', 'nonsense', 'javascript:alert(1)'])('refuses %s as an address', async (apiUrl) => {
    await expect(findConnection(context(), { apiUrl })).rejects.toMatchObject({ exitCode: 2, code: 'invalid_url' });
  });
});

describe('the user’s configuration', () => {
  it('is only the user’s to read', async () => {
    const path = userConfigPath({}, join(root, 'home'));
    await writeUserConfig(path, { apiUrl: 'https://sconce.example', token: 'kept' });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readConnectionFile(path)).toMatchObject({ apiUrl: 'https://sconce.example', token: 'kept' });
  });

  it('stands where XDG_CONFIG_HOME says', () => {
    expect(userConfigPath({ XDG_CONFIG_HOME: '/etc/x' }, '/home/a')).toBe('/etc/x/sconce/config.json');
  });
});
