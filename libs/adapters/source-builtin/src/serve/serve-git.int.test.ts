import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CommandFailed, listRefs, newId, run, silentLog } from '@sconce/foundation';
import { gitFixture, plainGitEnvironment, temporaryDirectory, waitUntil } from '@sconce/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRepository } from '../repository-store.ts';
import type { RefUpdate } from './receive-commands.ts';
import { type GitExchange, serveGit } from './serve-git.ts';

const zero = '0'.repeat(40);
const push = 'application/x-git-receive-pack-request';

describe('serveGit', () => {
  const folder = temporaryDirectory('serve');
  let server: Server;
  let repository: string;
  let url: string;
  let updates: RefUpdate[][];
  let onRefsUpdated: GitExchange['onRefsUpdated'];
  let limits: GitExchange['limits'];
  const finished: Promise<void>[] = [];

  beforeAll(async () => {
    server = createServer((request: IncomingMessage, response: ServerResponse) => {
      const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
      const [, , ...path] = pathname.split('/');
      const exchange = {
        request,
        response,
        repository,
        path: path.join('/'),
        query: search.slice(1),
        user: 'ada',
        log: silentLog,
        onRefsUpdated,
      };
      finished.push(serveGit({ ...exchange, ...(limits === undefined ? {} : { limits }) }));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
    folder.remove();
  });
  beforeEach(async () => {
    const id = newId('rpo');
    repository = await createRepository(folder.path, id);
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${id}.git`;
    updates = [];
    limits = undefined;
    onRefsUpdated = async (moved) => void updates.push([...moved]);
  });
  afterEach(() => Promise.all(finished.splice(0)));

  /** A user's own clone with its own git. */
  const clone = async () => {
    const path = join(folder.path, `work-${Math.random().toString(36).slice(2)}`);
    const git = async (...args: string[]): Promise<string> => {
      const result = await run('git', ['-c', 'protocol.file.allow=always', ...args], {
        cwd: path,
        env: plainGitEnvironment,
        timeoutMs: 240_000,
      });
      return result.stdout.toString() + result.stderr;
    };
    await run('git', ['init', '--quiet', '-b', 'main', path], { env: plainGitEnvironment, timeoutMs: 240_000 });
    await git('remote', 'add', 'origin', url);
    const commit = async (content: string): Promise<string> => {
      await writeFile(join(path, 'file'), content);
      await git('add', '.');
      await git('commit', '--quiet', '-m', content.slice(0, 40));
      return (await git('rev-parse', 'HEAD')).trim();
    };
    return { path, git, commit };
  };

  it.each(['0', '1', '2'])('takes a push and gives it back, with protocol version %s', async (version) => {
    const work = await clone();
    const sha = await work.commit('one');
    await work.git('-c', `protocol.version=${version}`, 'push', 'origin', 'main');
    expect(updates).toEqual([[{ ref: 'refs/heads/main', before: zero, after: sha }]]);
    const other = await clone();
    await other.git('-c', `protocol.version=${version}`, 'fetch', 'origin', 'main');
    expect((await other.git('rev-parse', 'FETCH_HEAD')).trim()).toBe(sha);
  });

  it('reports moves, deletions, tags and forced pushes with what was before', async () => {
    const work = await clone();
    const one = await work.commit('one');
    await work.git('push', 'origin', 'main');
    const two = await work.commit('two');
    await work.git('tag', 'light');
    await work.git('push', 'origin', 'main', 'light', 'main:side');
    await work.git('reset', '--hard', one);
    await work.git('push', '--force', 'origin', 'main', ':side');
    const sorted = updates.map((group) => group.toSorted((a, b) => a.ref.localeCompare(b.ref)));
    expect(sorted).toEqual([
      [{ ref: 'refs/heads/main', before: zero, after: one }],
      [
        { ref: 'refs/heads/main', before: one, after: two },
        { ref: 'refs/heads/side', before: zero, after: two },
        { ref: 'refs/tags/light', before: zero, after: two },
      ],
      [
        { ref: 'refs/heads/main', before: two, after: one },
        { ref: 'refs/heads/side', before: two, after: zero },
      ],
    ]);
  });

  it('lets the default branch be deleted', async () => {
    const work = await clone();
    await work.commit('one');
    await work.git('push', 'origin', 'main');
    await work.git('push', 'origin', ':main');
    expect(await listRefs(repository)).toEqual([]);
  });

  it('reports nothing for a push that changes nothing, or is refused', async () => {
    const work = await clone();
    const one = await work.commit('one');
    await work.git('push', 'origin', 'main');
    await work.git('push', 'origin', 'main');
    const two = await work.commit('two');
    await work.git('push', 'origin', 'main');
    await work.git('reset', '--hard', one);
    await work.commit('other');
    await expect(work.git('push', 'origin', 'main')).rejects.toThrow(/rejected/);
    expect(updates.map((group) => group.map(({ after }) => after))).toEqual([[one], [two]]);
  });

  it('reports only the refs that moved, when one of several is refused', async () => {
    const work = await clone();
    const one = await work.commit('one');
    await work.git('push', 'origin', 'main');
    await writeFile(join(repository, 'refs/heads/held.lock'), '');
    await expect(work.git('push', 'origin', 'main:free', 'main:held')).rejects.toBeInstanceOf(CommandFailed);
    expect(updates.at(-1)).toEqual([{ ref: 'refs/heads/free', before: zero, after: one }]);
  });

  it('records before the client hears of it', async () => {
    const recorded = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    onRefsUpdated = async () => {
      asked.resolve();
      await recorded.promise;
    };
    const work = await clone();
    await work.commit('one');
    let pushed = false;
    const pushing = work.git('push', 'origin', 'main').then(() => {
      pushed = true;
    });
    await asked.promise;
    expect((await listRefs(repository)).map(({ ref }) => ref)).toEqual(['refs/heads/main']);
    expect(pushed).toBe(false);
    recorded.resolve();
    await pushing;
  });

  it('fails the push and puts the refs back when it cannot be recorded, so that pushing again works', async () => {
    const work = await clone();
    const one = await work.commit('one');
    await work.git('push', 'origin', 'main', 'main:gone');
    const two = await work.commit('two');
    onRefsUpdated = () => Promise.reject(new Error('database is away'));
    await expect(work.git('push', 'origin', 'main', 'main:new', ':gone')).rejects.toThrow(
      /could not be recorded.*push again/s,
    );
    expect(await listRefs(repository)).toEqual([
      { ref: 'refs/heads/gone', sha: one },
      { ref: 'refs/heads/main', sha: one },
    ]);
    onRefsUpdated = async (moved) => void updates.push([...moved]);
    await work.git('push', 'origin', 'main');
    expect(updates.at(-1)).toEqual([{ ref: 'refs/heads/main', before: one, after: two }]);
  });

  it('carries a push through and records it when the client is gone before the answer', async () => {
    const work = await clone();
    const sha = await work.commit('one');
    const body = Buffer.concat([
      line(`${zero} ${sha} refs/heads/main\0report-status`),
      Buffer.from('0000'),
      await packOf(work.path, sha),
    ]);
    let socket: ReturnType<typeof connect> | undefined;
    const gone = Promise.withResolvers<void>();
    onRefsUpdated = async (moved) => {
      socket?.destroy();
      await gone.promise;
      updates.push([...moved]);
    };
    server.once('connection', (serverSide) => serverSide.once('close', gone.resolve));
    socket = rawPush(url, body);
    await waitUntil('the push is recorded', () => updates.length === 1);
    expect(updates).toEqual([[{ ref: 'refs/heads/main', before: zero, after: sha }]]);
  });

  it('moves nothing when a push breaks off half way', async () => {
    const work = await clone();
    const sha = await work.commit('x'.repeat(50_000));
    const pack = await packOf(work.path, sha);
    const body = Buffer.concat([line(`${zero} ${sha} refs/heads/main\0report-status`), Buffer.from('0000'), pack]);
    const socket = rawPush(url, body.subarray(0, body.byteLength - 30), body.byteLength);
    await once(socket, 'connect');
    socket.end();
    await waitUntil('the request arrives', () => finished.length === 1);
    await finished[0];
    expect([await listRefs(repository), updates]).toEqual([[], []]);
  });

  it('refuses a damaged pack and objects that no checkout should see', async () => {
    const work = await clone();
    const source = gitFixture(join(work.path, '.git'));
    const bad = await source.rawTree([{ mode: '100644', name: '.git', object: await source.blob('evil') }]);
    await source.updateRef('refs/heads/bad', await source.commitTree(bad));
    await expect(work.git('push', 'origin', 'bad')).rejects.toThrow(/hasDotgit/);
    expect([await listRefs(repository), updates]).toEqual([[], []]);
  });

  it('runs no hook and writes no configuration that a repository brings', async () => {
    const work = await clone();
    await work.commit('one');
    await rm(join(repository, 'hooks'), { recursive: true, force: true });
    const before = await readFile(join(repository, 'config'), 'utf8');
    await work.git('push', 'origin', 'main');
    expect(await readFile(join(repository, 'config'), 'utf8')).toBe(before);
    expect((await readdir(repository)).includes('hooks')).toBe(false);
  });

  it('gives shallow and partial clones', async () => {
    const work = await clone();
    for (const content of ['one', 'two', 'three']) await work.commit(content);
    await work.git('push', 'origin', 'main');
    const shallow = await clone();
    await shallow.git('fetch', '--depth=1', 'origin', 'main');
    expect((await shallow.git('rev-list', '--count', 'FETCH_HEAD')).trim()).toBe('1');
    await shallow.git('fetch', '--unshallow', 'origin', 'main');
    expect((await shallow.git('rev-list', '--count', 'FETCH_HEAD')).trim()).toBe('3');
    const tip = await shallow.git('checkout', '-q', 'FETCH_HEAD');
    expect(tip).toBe('');
  });

  it('takes a push from a shallow clone', async () => {
    const work = await clone();
    for (const content of ['one', 'two']) await work.commit(content);
    await work.git('push', 'origin', 'main');
    const shallow = await clone();
    await shallow.git('fetch', '--depth=1', 'origin', 'main');
    await shallow.git('checkout', '-q', '-B', 'main', 'FETCH_HEAD');
    const sha = await shallow.commit('three');
    await shallow.git('push', 'origin', 'main');
    expect(updates.at(-1)?.[0]).toMatchObject({ ref: 'refs/heads/main', after: sha });
  });

  it('lets one of two pushes at once win, and records exactly the winner', async () => {
    const [a, b] = [await clone(), await clone()];
    await a.commit('base');
    await a.git('push', 'origin', 'main');
    await b.git('fetch', 'origin', 'main');
    await b.git('checkout', '-q', '-B', 'main', 'FETCH_HEAD');
    const shas = [await a.commit('from a'), await b.commit('from b')];
    const results = await Promise.allSettled([a.git('push', 'origin', 'main'), b.git('push', 'origin', 'main')]);
    const won = results.flatMap(({ status }, at) => (status === 'fulfilled' ? [shas[at]] : []));
    expect(won).toHaveLength(1);
    expect(updates.slice(1).map((group) => group[0]?.after)).toEqual(won);
    expect((await listRefs(repository))[0]?.sha).toBe(won[0]);
  });

  it('takes 10,000 refs in one push', async () => {
    const work = await clone();
    const sha = await work.commit('one');
    // By hand: git's own client takes most of a minute to match so many names.
    const commands = Array.from({ length: 10_000 }, (_, at) =>
      line(`${zero} ${sha} refs/heads/many/${at}${at === 0 ? '\0report-status side-band-64k' : ''}`),
    );
    const body = Buffer.concat([...commands, Buffer.from('0000'), await packOf(work.path, sha)]);
    const answer = await send('POST', `${url}/git-receive-pack`, body, { 'content-type': push });
    expect(answer.text).toContain('ok refs/heads/many/9999');
    expect(updates[0]).toHaveLength(10_000);
    expect(await listRefs(repository)).toHaveLength(10_000);
    // Each is a file of its own: a minute and more where disks are slow.
  }, 900_000);

  it('takes a push that comes in pieces, larger than one buffer', async () => {
    const work = await clone();
    const bytes = Buffer.from(Array.from({ length: 3_000_000 }, () => Math.random() * 256));
    await writeFile(join(work.path, 'weights'), bytes);
    const sha = await work.commit('large');
    await work.git('-c', 'http.postBuffer=65536', 'push', 'origin', 'main');
    expect(updates).toEqual([[{ ref: 'refs/heads/main', before: zero, after: sha }]]);
  });

  it('takes compressed bodies, of pushes too', async () => {
    const work = await clone();
    const sha = await work.commit('one');
    const body = Buffer.concat([
      line(`${zero} ${sha} refs/heads/main\0report-status`),
      Buffer.from('0000'),
      await packOf(work.path, sha),
    ]);
    const answer = await send('POST', `${url}/git-receive-pack`, gzipSync(body), {
      'content-type': push,
      'content-encoding': 'gzip',
    });
    expect(answer.text).toContain('ok refs/heads/main');
    expect(updates).toHaveLength(1);
  });

  it('finds out by the refs when the client asks for no report', async () => {
    const work = await clone();
    const sha = await work.commit('one');
    const body = Buffer.concat([
      line(`${zero} ${sha} refs/heads/main\0 `),
      Buffer.from('0000'),
      await packOf(work.path, sha),
    ]);
    await send('POST', `${url}/git-receive-pack`, body, { 'content-type': push });
    expect(updates).toEqual([[{ ref: 'refs/heads/main', before: zero, after: sha }]]);
  });

  it.each([
    ['GET', 'HEAD', {}, 404],
    ['GET', 'objects/info/packs', {}, 404],
    ['GET', '../../etc/passwd', {}, 404],
    ['GET', 'constructor', {}, 404],
    ['GET', 'info/refs', {}, 403],
    ['GET', 'info/refs?service=git-evil', {}, 403],
    ['POST', 'info/refs?service=git-upload-pack', {}, 405],
    ['GET', 'git-receive-pack', {}, 405],
    ['POST', 'git-receive-pack', { 'content-type': 'text/plain' }, 415],
    ['POST', 'git-receive-pack', { 'content-type': push, 'content-encoding': 'br' }, 415],
    ['POST', 'git-receive-pack', { 'content-type': push, 'content-encoding': 'gzip' }, 400],
    ['POST', 'git-receive-pack', { 'content-type': push }, 400],
  ] as const)('answers %s %s %j with %i', async (method, path, headers, status) => {
    const answer = await send(
      method,
      `${url}/${path}`,
      method === 'POST' ? Buffer.from('no pkt-line at all') : null,
      headers,
    );
    expect(answer.status).toBe(status);
    expect(updates).toEqual([]);
  });

  it('limits how large a request may be, also unpacked', async () => {
    limits = { bodyBytes: 10_000 };
    const zeros = Buffer.alloc(1_000_000);
    const plain = await send('POST', `${url}/git-upload-pack`, zeros, {
      'content-type': 'application/x-git-upload-pack-request',
    });
    expect(plain.status).toBe(413);
    const headers = { 'content-type': 'application/x-git-upload-pack-request', 'content-encoding': 'gzip' };
    expect((await send('POST', `${url}/git-upload-pack`, gzipSync(zeros), headers)).status).toBe(413);
  });

  it('gives up on a client that stops sending', async () => {
    limits = { idleMs: 150 };
    const socket = rawPush(url, Buffer.from('00'), 1000);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 408/);
    socket.destroy();
  });

  it('leaves no git process when the client goes away', async () => {
    const socket = rawPush(url, Buffer.from('00'), 1000);
    await waitUntil('git runs', () => gitRuns(repository));
    socket.destroy();
    await waitUntil('git is gone', async () => !(await gitRuns(repository)));
    await Promise.all(finished);
  });
});

/** Whether any git process works on the repository: it is named in their environment. */
async function gitRuns(repository: string): Promise<boolean> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(
    pids.map(async (pid) => {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return command.startsWith('git') ? readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '') : '';
    }),
  );
  return environments.some((text) => text.includes(repository));
}

const line = (text: string): Buffer => Buffer.from((text.length + 4).toString(16).padStart(4, '0') + text);

async function packOf(path: string, sha: string): Promise<Buffer> {
  const options = { cwd: path, env: plainGitEnvironment, timeoutMs: 240_000, input: `${sha}\n` };
  return (await run('git', ['pack-objects', '--revs', '--stdout', '-q'], options)).stdout;
}

/** A push over a bare socket, so that a test can break it off where it likes. */
function rawPush(url: string, body: Buffer, length = body.byteLength): ReturnType<typeof connect> {
  const { hostname, port, pathname } = new URL(`${url}/git-receive-pack`);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  const head = `POST ${pathname} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-git-receive-pack-request\r\nContent-Length: ${length}\r\n\r\n`;
  socket.write(Buffer.concat([Buffer.from(head), body]));
  return socket;
}

async function send(
  method: string,
  url: string,
  body: Buffer | null,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  // node's own client sends the path as it is, dots and all.
  const { hostname, port } = new URL(url);
  const path = url.slice(url.indexOf('/', 'http://'.length));
  const request = httpRequest({ hostname, port, path, method, headers }, async (response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
  });
  request.on('error', reject);
  request.end(body ?? undefined);
  return promise;
}
