import { generateKeyPairSync } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLog } from '@sconce/foundation';
import type { SourceHost, SourceRepository } from '@sconce/ports';
import {
  type FakeGithub,
  fakeGithub,
  type GitFixture,
  gitFixture,
  sourceHostContract,
  temporaryDirectory,
} from '@sconce/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createGithubSourceHost, type GithubSourceHostOptions } from './github-source-host.ts';

const repository: SourceRepository = { host: 'github', hostId: '4711', fullName: 'team/app', installationId: '99' };
const missing: SourceRepository = { ...repository, hostId: '4712', fullName: 'team/none' };
const signal = new AbortController().signal;

/** A local GitHub with one repository, and our adapter on it. */
async function start(change: (github: FakeGithub) => Partial<GithubSourceHostOptions> = () => ({})) {
  const folder = temporaryDirectory('github');
  const fixture = gitFixture(join(folder.path, 'served.git'));
  await fixture.git(['init', '--quiet', '--bare', '--initial-branch=main']);
  const github = await fakeGithub({ 'team/app': fixture.repository });
  const cacheDirectory = join(folder.path, 'cache');
  const host = createGithubSourceHost({
    apiUrl: github.url,
    gitUrl: github.url,
    auth: { kind: 'token', token: github.token },
    cacheDirectory,
    log: silentLog,
    retryPauseMs: 1,
    ...change(github),
  });
  const close = async () => {
    await github.close();
    folder.remove();
  };
  return { host, github, fixture, cacheDirectory, close };
}

sourceHostContract('source-github', async () => {
  const { host, fixture, close } = await start();
  return { host, repository, missing, commit: (change) => fixture.commit(change), fixture, close };
});

describe('source-github', () => {
  let subject: Awaited<ReturnType<typeof start>>;
  let host: SourceHost;
  let github: FakeGithub;
  let fixture: GitFixture;
  beforeAll(async () => {
    subject = await start();
    ({ host, github, fixture } = subject);
  });
  afterAll(() => subject.close());
  beforeEach(() => fixture.git(['update-ref', '-d', 'refs/heads/main']).then(() => undefined));
  const checkOut = async (sha: string): Promise<readonly string[]> => {
    const into = temporaryDirectory('checkout');
    try {
      await host.checkOut(repository, sha, into.path, signal);
      return (await readdir(into.path)).toSorted();
    } finally {
      into.remove();
    }
  };

  it('tries again what passes, a few times', async () => {
    const { sha } = await fixture.commit({ ref: 'refs/heads/main', files: { a: '1' } });
    github.failNext({ status: 502 }, { status: 503 });
    expect(await host.resolveRef(repository, 'refs/heads/main', signal)).toBe(sha);
    github.failNext(...Array.from({ length: 10 }, () => ({ status: 500 })));
    const before = github.requests.length;
    await expect(host.resolveRef(repository, 'refs/heads/main', signal)).rejects.toMatchObject({
      name: 'SourceUnavailable',
    });
    expect(github.requests.length - before).toBeLessThanOrEqual(3);
    await drain();
  });

  /** Uses up the failures that no call took. */
  const drain = async () => {
    while (await host.resolveRef(repository, 'refs/heads/none', signal).catch(() => 'again'));
  };

  it('leaves long waits to whoever asked', async () => {
    const limited = {
      status: 403,
      headers: { 'x-ratelimit-remaining': '0', 'retry-after': '3600' },
      body: '{"message":"You have exceeded a secondary rate limit"}',
    };
    github.failNext(limited);
    const before = github.requests.length;
    await expect(host.readCommit(repository, '1'.repeat(40), signal)).rejects.toMatchObject({
      name: 'SourceUnavailable',
      message: expect.stringContaining('rate limit'),
    });
    expect(github.requests.length - before).toBe(1);
  });

  it.each([401, 403])('says what to do about a %i', async (status) => {
    github.failNext({ status });
    await expect(host.readCommit(repository, '1'.repeat(40), signal)).rejects.toMatchObject({
      name: 'SourceRejected',
      message: expect.stringMatching(/Check the App|Give the App/),
    });
  });

  it('ends with its own time, and with the signal', async () => {
    const quick = await start(() => ({ timeoutMs: 200 }));
    quick.github.failNext({ status: 0, hang: true });
    await expect(quick.host.readCommit(repository, '1'.repeat(40), signal)).rejects.toMatchObject({
      name: 'SourceUnavailable',
    });
    quick.github.failNext({ status: 0, hang: true });
    const abort = new AbortController();
    const asked = host.readCommit(repository, '1'.repeat(40), abort.signal);
    const reason = new Error('cancelled');
    abort.abort(reason);
    await expect(asked).rejects.toBe(reason);
    await quick.close();
  });

  it('says when GitHub is away', async () => {
    const gone = await start();
    await gone.close();
    const into = temporaryDirectory('checkout');
    const calls = await Promise.allSettled([
      gone.host.resolveRef(repository, 'refs/heads/main', signal),
      gone.host.checkOut(repository, '1'.repeat(40), into.path, signal),
    ]);
    const names = calls.map((call) => (call.status === 'rejected' ? call.reason.name : 'answered'));
    expect(names).toEqual(['SourceUnavailable', 'SourceUnavailable']);
    into.remove();
  });

  it('fetches one commit without its history, and only once', async () => {
    const first = await fixture.commit({ files: { a: '1' } });
    const second = await fixture.commit({ ref: 'refs/heads/main', files: { a: '1', b: '2' }, parent: first.sha });
    expect(await checkOut(second.sha)).toEqual(['a', 'b']);
    const cached = gitFixture(join(subject.cacheDirectory, '4711.git'));
    await expect(cached.git(['cat-file', '-e', first.sha])).rejects.toThrow();
    const before = github.requests.length;
    expect(await checkOut(second.sha)).toEqual(['a', 'b']);
    expect(github.requests.length).toBe(before);
  });

  it('fetches many commits of a repository at once', async () => {
    const made = await Promise.all(
      [1, 2, 3, 4, 5].map((n) => fixture.commit({ ref: `refs/heads/many${n}`, files: { [`f${n}`]: `${n}` } })),
    );
    expect(await Promise.all(made.map(({ sha }) => checkOut(sha)))).toEqual([['f1'], ['f2'], ['f3'], ['f4'], ['f5']]);
  });

  it('reads files above what one answer holds', async () => {
    const large = 'x'.repeat(1_500_000);
    const { sha } = await fixture.commit({ files: { large } });
    expect(await host.readFile(repository, sha, 'large', 2_000_000, signal)).toBe(large);
  });

  it('cannot tell what changed when GitHub lists only the first part', async () => {
    const base = await fixture.commit({ files: { a: '1' } });
    const files = Object.fromEntries(Array.from({ length: 301 }, (_, at) => [`f${at}`, '']));
    const next = await fixture.commit({ files, parent: base.sha });
    expect(await host.changedPaths(repository, base.sha, next.sha, signal)).toBeNull();
  });

  it('keeps its token out of every command line and out of what it writes', async () => {
    const { sha } = await fixture.commit({ ref: 'refs/heads/main', files: { token: 'x' } });
    await checkOut(sha);
    const cached = join(subject.cacheDirectory, '4711.git');
    const grep = await gitFixture(cached).git(['config', '--list']);
    expect(grep).not.toContain('x-access-token');
    expect(grep).not.toContain(Buffer.from(github.token).toString('base64').slice(0, 8));
  });

  it('works as an App, with an installation token that it asks for once', async () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const app = await start(() => ({ auth: { kind: 'app', appId: '12', privateKey } }));
    const { sha } = await app.fixture.commit({ ref: 'refs/heads/main', files: { a: '1' } });
    expect(await app.host.resolveRef(repository, 'refs/heads/main', signal)).toBe(sha);
    const into = temporaryDirectory('checkout');
    await app.host.checkOut(repository, sha, into.path, signal);
    into.remove();
    expect(app.github.requests.filter((line) => line.includes('access_tokens'))).toEqual([
      'POST /app/installations/99/access_tokens',
    ]);
    const uninstalled = { ...repository, installationId: null };
    await expect(app.host.resolveRef(uninstalled, 'refs/heads/main', signal)).rejects.toThrow(/not installed/);
    await app.close();
  });
});
