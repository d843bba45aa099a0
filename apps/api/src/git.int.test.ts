import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandFailed, run } from '@sconce/foundation';
import { plainGitEnvironment, waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiWorld, startApiWorld } from './testing/api-world.ts';

let world: ApiWorld;
let directory: string;
let repositoryId: string;
beforeAll(async () => {
  world = await startApiWorld();
  directory = await mkdtemp(join(tmpdir(), 'sconce-git-'));
  await world.ask('POST /v1/projects', { body: { slug: 'vision' } });
  await world.ask('POST /v1/projects', { body: { slug: 'other' } });
  repositoryId = (
    await world.ask('POST /v1/projects/vision/repositories', { body: { kind: 'builtin', slug: 'models' } })
  ).body.id;
  await git('init', '--quiet', '-b', 'main', '.');
  await commit('one');
});
afterAll(async () => {
  await world.stop();
  await rm(directory, { recursive: true, force: true });
});

const git = async (...args: string[]) => {
  const { stdout, stderr } = await run('git', args, { cwd: directory, env: plainGitEnvironment, timeoutMs: 240_000 });
  return stdout.toString() + stderr;
};
const commit = async (content: string) => {
  await writeFile(join(directory, 'file'), content);
  await git('add', '.');
  await git('commit', '--quiet', '-m', content);
  return (await git('rev-parse', 'HEAD')).trim();
};
const remote = (token: string, path = 'vision/models') =>
  `${world.url.replace('://', `://git:${token}@`)}/git/${path}.git`;
const failure = (work: Promise<string>) =>
  work.then(
    () => 'it worked',
    (error: unknown) => (error instanceof CommandFailed ? error.stderrTail : String(error)),
  );
const makeToken = async (body: object) => (await world.ask('POST /v1/tokens', { body })).body.token as string;

interface Recorded {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly pusher: string | null;
}
const recorded = async () =>
  (await world.db.pool.query("SELECT body FROM delivery WHERE host = 'builtin' ORDER BY position")).rows.map(
    (row: { body: Buffer }) => JSON.parse(row.body.toString()) as Recorded,
  );

describe('the built-in git server', () => {
  it('takes a push with a token, and has a delivery for each ref before the push is answered', async () => {
    const sha = await commit('two');
    await git('tag', 'v1');
    await git('push', remote(world.token), 'main', 'v1', 'main:feature/main');
    const me = (await world.ask('GET /v1/me')).body.user.id;
    const zero = '0'.repeat(40);
    expect((await recorded()).toSorted((a, b) => a.ref.localeCompare(b.ref))).toEqual(
      ['refs/heads/feature/main', 'refs/heads/main', 'refs/tags/v1'].map((ref) => ({
        repository: repositoryId,
        ref,
        before: zero,
        after: sha,
        forced: false,
        pusher: me,
      })),
    );
    expect(await git('ls-remote', remote(world.token))).toContain(`${sha}\trefs/heads/main`);
    const listed = (await world.ask('GET /v1/projects/vision/deliveries')).body.data;
    expect(listed).toHaveLength(3);
    expect(listed[0]).toMatchObject({ phase: 'received', outcome: null, repository: { slug: 'models' }, builds: [] });
  });

  it('asks for a token, and tells a missing repository from a foreign one by nothing', async () => {
    const discovery = (path: string, headers: Record<string, string> = {}) =>
      world.ask(`GET /git/${path}/info/refs?service=git-receive-pack`, { token: null, headers });
    for (const path of ['vision/models.git', 'no/such.git']) {
      const answer = await discovery(path);
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, expect.stringMatching(/^Basic /)]);
    }
    const foreign = await makeToken({ kind: 'service', name: 'ci', scopes: ['admin'], project: 'other' });
    const authorization = `Basic ${Buffer.from(`x:${foreign}`).toString('base64')}`;
    const [theirs, missing] = [
      await discovery('vision/models.git', { authorization }),
      await discovery('vision/none.git', { authorization }),
    ];
    expect([theirs.status, theirs.body]).toEqual([404, missing.body]);
    expect(missing.status).toBe(404);
    const wrong = await discovery('vision/models.git', {
      authorization: `Basic ${Buffer.from('x:wrong').toString('base64')}`,
    });
    expect(wrong.status).toBe(401);
  });

  it('lets a token that reads fetch and not push', async () => {
    const reader = await makeToken({ kind: 'service', name: 'reader', scopes: ['read'], project: 'vision' });
    expect(await git('ls-remote', remote(reader))).toContain('refs/heads/main');
    await commit('three');
    const before = await recorded();
    expect(await failure(git('push', remote(reader), 'main'))).toMatch(/403|scope deploy/);
    const deployer = await makeToken({ kind: 'service', name: 'ci', scopes: ['deploy'], project: 'vision' });
    await git('push', remote(deployer), 'main');
    expect((await recorded()).length).toBe(before.length + 1);
    expect((await recorded()).at(-1)?.pusher).toMatch(/^tok_/);
  });

  it('refuses paths that lead elsewhere', async () => {
    const authorization = `Basic ${Buffer.from(`x:${world.token}`).toString('base64')}`;
    for (const path of [
      'vision/models.git/HEAD',
      'vision/models.git/objects/info/packs',
      'vision/models.git/../../keys.json',
      'vision/models.git/config',
      '..%2f..%2fetc/passwd.git/info/refs',
      'vision/models.git/info/refs?service=git-shell',
    ]) {
      const answer = await world.ask(`GET /git/${path}`, { token: null, headers: { authorization } });
      expect([path, answer.status >= 400 && answer.status < 500]).toEqual([path, true]);
      expect(String(answer.body)).not.toContain('fingerprintKey');
    }
  });

  it('makes a push fail, and puts its refs back, while it cannot be recorded', async () => {
    const sha = await commit('four');
    const { pool } = world.db;
    await pool.query("ALTER TABLE delivery ADD CONSTRAINT full_disk CHECK (host <> 'builtin') NOT VALID");
    expect(await failure(git('push', remote(world.token), 'main'))).toMatch(/could not be recorded|failed to push/);
    expect(await git('ls-remote', remote(world.token))).not.toContain(sha);
    await pool.query('ALTER TABLE delivery DROP CONSTRAINT full_disk');
    await git('push', remote(world.token), 'main');
    expect((await recorded()).at(-1)?.after).toBe(sha);
  });

  it('finds at its next start what moved without a record, once', async () => {
    const sha = await commit('five');
    const bare = join(world.config.gitDirectory, `${repositoryId}.git`);
    // As a crash leaves it that comes between git's move of the ref and the record of it.
    await git('push', '--quiet', bare, 'main:main', ':feature/main', 'main:fresh');
    const before = (await recorded()).length;
    const sweep = async () => {
      await world.restart();
      await waitUntil('the sweep to end', async () =>
        ((await world.ask('GET /metrics')).body as string).includes('sconce_push_sweeps_total 1'),
      );
    };
    await sweep();
    await sweep();
    const found = (await recorded()).slice(before);
    expect(found.toSorted((a, b) => a.ref.localeCompare(b.ref)).map(({ ref, after }) => [ref, after])).toEqual([
      ['refs/heads/feature/main', '0'.repeat(40)],
      ['refs/heads/fresh', sha],
      ['refs/heads/main', sha],
    ]);
  });

  it('takes a removed repository’s directory away', async () => {
    const made = (
      await world.ask('POST /v1/projects/vision/repositories', { body: { kind: 'builtin', slug: 'short-lived' } })
    ).body.id as string;
    await git('push', '--quiet', remote(world.token, 'vision/short-lived'), 'main');
    await world.ask(`DELETE /v1/repositories/${made}`);
    await expect(git('ls-remote', join(world.config.gitDirectory, `${made}.git`))).rejects.toThrow();
    expect(await failure(git('ls-remote', remote(world.token, 'vision/short-lived')))).toContain('not found');
  });
});
