import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { createTerminal } from '../terminal/terminal.ts';
import {
  credentials,
  pushHead,
  readRepositorySetting,
  readWorkingCopy,
  setRemote,
  writeRepositorySetting,
} from './git.ts';

let root: string;
let context: Context;
const git = (directory: string, ...args: string[]) =>
  execFileSync('git', args, {
    cwd: directory,
    encoding: 'utf8',
    env: environment(),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
const environment = () => ({
  PATH: process.env.PATH,
  HOME: root,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@a',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@a',
});

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sconce-git-'));
  const silent = { write: () => {} };
  context = {
    version: '0.0.0',
    checkout: null,
    environment: environment(),
    directory: join(root, 'work'),
    home: root,
    terminal: createTerminal(silent, silent, {}),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: new AbortController().signal,
  };
  git(root, 'init', '-q', '--bare', 'host.git');
  git(root, 'init', '-q', '-b', 'main', 'work');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function commit(text: string): void {
  writeFileSync(join(root, 'work', 'file'), text);
  git(join(root, 'work'), 'add', '-A');
  git(join(root, 'work'), 'commit', '-q', '-m', `Say ${text}`);
}

describe('readWorkingCopy', () => {
  it('reads head, branch and what is not committed', async () => {
    commit('one');
    writeFileSync(join(root, 'work', 'new\nfile'), '');
    const copy = await readWorkingCopy(context);
    expect(copy).toMatchObject({
      commit: expect.stringMatching(/^[0-9a-f]{40}$/),
      title: 'Say one',
      branch: 'main',
      uncommitted: 1,
    });
    git(join(root, 'work'), 'checkout', '-q', '--detach');
    expect((await readWorkingCopy(context)).branch).toBeNull();
  });

  it('says what to do without a repository, and without a commit', async () => {
    await expect(readWorkingCopy(context)).rejects.toMatchObject({
      code: 'no_commit',
      hint: expect.stringContaining('git commit'),
    });
    await expect(readWorkingCopy({ ...context, directory: root })).rejects.toMatchObject({
      code: 'no_repository',
      hint: expect.stringContaining('git init'),
    });
  });
});

describe('pushHead', () => {
  const push = (force = false) => ({
    remote: 'sconce',
    url: join(root, 'host.git'),
    branch: 'main',
    token: 'planted-token',
    force,
  });

  it('pushes, tells when there was nothing to push, and leaves no token behind', async () => {
    commit('one');
    const copy = await readWorkingCopy(context);
    expect(await setRemote(context, copy, 'sconce', push().url)).toBe('added');
    expect(await setRemote(context, copy, 'sconce', push().url)).toBe('kept');
    expect(await pushHead(context, copy, push(), () => {})).toBe(true);
    expect(await pushHead(context, copy, push(), () => {})).toBe(false);
    expect(git(join(root, 'host.git'), 'rev-parse', 'main').trim()).toBe(copy.commit);
    const config = readFileSync(join(root, 'work', '.git', 'config'), 'utf8');
    expect(config).not.toContain('planted');
    expect(config).not.toContain(Buffer.from('sconce:planted-token').toString('base64'));
  });

  it('explains what stands in the way of a rewritten history, and replaces it when told to', async () => {
    commit('one');
    const copy = await readWorkingCopy(context);
    await setRemote(context, copy, 'sconce', push().url);
    await pushHead(context, copy, push(), () => {});
    git(join(root, 'work'), 'commit', '-q', '--amend', '-m', 'Rewritten');
    const rewritten = await readWorkingCopy(context);
    await expect(pushHead(context, rewritten, push(), () => {})).rejects.toMatchObject({
      code: 'not_fast_forward',
      hint: expect.stringContaining('--force'),
    });
    expect(await pushHead(context, rewritten, push(true), () => {})).toBe(true);
  });
});

describe('a git server that refuses', () => {
  it.each([
    [401, 'unauthenticated', 'sconce login'],
    [403, 'forbidden', 'tokens create'],
  ])('is told apart by its answer: %d', async (status, code, next) => {
    commit('one');
    const server = createServer((_, response) => void response.writeHead(status).end('No.'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const copy = await readWorkingCopy(context);
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/git/a/b.git`;
      await setRemote(context, copy, 'sconce', url);
      const push = { remote: 'sconce', url, branch: 'main', token: 't', force: false };
      await expect(pushHead(context, copy, push, () => {})).rejects.toMatchObject({
        code,
        exitCode: exitCodes.denied,
        hint: expect.stringContaining(next),
      });
    } finally {
      server.close();
    }
  });
});

describe('credentials', () => {
  it('are bound to one address and come after what is configured that way already', () => {
    const given = credentials({ GIT_CONFIG_COUNT: '2' }, 'http://127.0.0.1:7400/git/a/b.git', 'secret');
    expect(given).toMatchObject({
      GIT_CONFIG_COUNT: '5',
      GIT_CONFIG_KEY_2: 'http.http://127.0.0.1:7400/git/a/b.git.extraHeader',
      GIT_CONFIG_VALUE_2: `Authorization: Basic ${Buffer.from('sconce:secret').toString('base64')}`,
      GIT_CONFIG_KEY_3: 'http.followRedirects',
      GIT_CONFIG_VALUE_3: 'false',
      GIT_TERMINAL_PROMPT: '0',
    });
  });
});

describe('repository settings', () => {
  it('remember where this repository was deployed to', async () => {
    commit('one');
    const copy = await readWorkingCopy(context);
    expect(await readRepositorySetting(context, 'service')).toBeUndefined();
    await writeRepositorySetting(context, copy, 'service', 'a/b/c');
    expect(await readRepositorySetting(context, 'service')).toBe('a/b/c');
    expect(await readRepositorySetting({ ...context, directory: tmpdir() }, 'service')).toBeUndefined();
  });
});
