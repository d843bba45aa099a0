import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exitCodes } from '../../exit-code.ts';
import { type PretendApi, startPretendApi } from '../../testing/pretend-api.ts';

let api: PretendApi;
let directory: string;

const config = {
  clusters: [{ name: 'k', cluster: { server: 'https://lab:6443', 'certificate-authority-data': 'Y2E=' } }],
  users: [{ name: 'ana', user: { exec: { command: 'sign-in' } } }],
};
const cluster = (name: string, changes: object = {}) => ({
  name,
  nodes: 1,
  cpuMilli: 1,
  memoryMiB: 1,
  gpus: { total: 0, free: 0 },
  reachable: true,
  awaySince: null,
  warnings: [],
  observedAt: '2026-01-01T00:00:00.000Z',
  added: null,
  ...changes,
});
const access = {
  manifests: [{ kind: 'ServiceAccount' }],
  account: { namespace: 'sconce-system', name: 'sconce' },
  tokenSecret: { namespace: 'sconce-system', name: 'sconce-token' },
};

beforeEach(async () => {
  api = await startPretendApi();
  directory = mkdtempSync(join(tmpdir(), 'sconce-clusters-'));
  api.replies['GET /v1/clusters'] = { body: { data: [cluster('local')], page: { next: null } } };
  api.replies['GET /v1/cluster-access'] = { body: access };
  api.replies['POST /v1/clusters'] = { status: 201, body: cluster('lab') };
  api.replies['PATCH /v1/clusters/lab'] = { body: cluster('lab') };
  const secret = { data: { token: Buffer.from('the token').toString('base64') } };
  writeFileSync(join(directory, 'secret.json'), JSON.stringify(secret));
  writeFileSync(join(directory, 'config.json'), JSON.stringify(config));
  program('case "$1" in apply) cat > applied.json;; config) cat config.json;; get) cat secret.json;; esac');
});
afterEach(async () => {
  rmSync(directory, { recursive: true });
  await api.close();
});

/** What `kubectl` is here; it writes down how it was called. */
function program(body: string): void {
  const path = join(directory, 'kubectl');
  writeFileSync(path, `#!/bin/sh\ncd '${directory}'\necho "$@" >> called\n${body}\n`);
  chmodSync(path, 0o755);
}

const run = (args: readonly string[], path = `${directory}:${process.env.PATH}`, input = '') =>
  api.run(args, { environment: { PATH: path }, directory, input });
const add = ['cluster', 'add', 'lab', '--registry', 'registry:5000'];
const bodyOf = (method: string) => JSON.parse(api.asked.find((asked) => asked.method === method)?.body ?? 'null');

describe('sconce cluster add', () => {
  it('applies what the API gives with the user’s own kubectl, and hands over the account’s token, not the user’s credentials', async () => {
    const { code, out } = await run([
      ...add,
      '--context',
      'prod',
      '--kubeconfig',
      'k.yaml',
      '--pod-security',
      'baseline',
    ]);
    expect([code, out]).toEqual([exitCodes.done, expect.stringContaining('Added cluster lab.')]);
    expect(JSON.parse(readFileSync(join(directory, 'applied.json'), 'utf8')).items).toEqual(access.manifests);
    const called = readFileSync(join(directory, 'called'), 'utf8').trim().split('\n');
    expect(called.length).toBe(3);
    for (const line of called) expect(line).toMatch(/ --kubeconfig k\.yaml --context prod$/);
    const { kubeconfig, ...rest } = bodyOf('POST');
    expect(rest).toEqual({ name: 'lab', registry: 'registry:5000', podSecurity: 'baseline', account: access.account });
    expect(JSON.parse(kubeconfig)).toMatchObject({
      clusters: [{ cluster: config.clusters[0]?.cluster }],
      users: [{ user: { token: 'the token' } }],
    });
    expect(kubeconfig).not.toContain('sign-in');
  });

  it('makes nothing on the cluster where the name is taken, or no registry is named', async () => {
    api.replies['GET /v1/clusters'] = { body: { data: [cluster('lab')], page: { next: null } } };
    const taken = await run(add);
    expect([taken.code, taken.err]).toEqual([exitCodes.failed, expect.stringContaining('There is a cluster lab')]);
    const unnamed = await run(['cluster', 'add', 'other']);
    expect([unnamed.code, unnamed.err]).toEqual([exitCodes.usage, expect.stringContaining('Name the registry')]);
    expect(() => readFileSync(join(directory, 'called'))).toThrow('ENOENT');
  });

  it('says what kubectl said where that failed, and adds nothing', async () => {
    program('echo "error: You must be logged in to the server" >&2; exit 1');
    const { code, err } = await run(add);
    expect(code).toBe(exitCodes.failed);
    expect(err).toContain('`kubectl apply` failed: error: You must be logged in to the server');
    expect(bodyOf('POST')).toBeNull();
  });

  it('says what to do without kubectl', async () => {
    const { code, err } = await run(add, '/nowhere');
    expect([code, err]).toEqual([exitCodes.failed, expect.stringContaining('--as-is')]);
  });

  it('hands over the kubeconfig with --as-is, and the password of the registry from standard input', async () => {
    writeFileSync(join(directory, 'own.yaml'), 'kind: Config\n');
    const own = ['--as-is', '--kubeconfig', 'own.yaml', '--context', 'b', '--registry-username', 'pusher'];
    const { code } = await run([...add, ...own], '/nowhere', 'a password\n');
    expect(code).toBe(exitCodes.done);
    expect(bodyOf('POST')).toEqual({
      name: 'lab',
      registry: 'registry:5000',
      kubeconfig: 'kind: Config\n',
      context: 'b',
      account: null,
      registryCredentials: { username: 'pusher', password: 'a password' },
    });
  });
});

it('sconce cluster set changes what is named, and renews credentials only where that is asked for', async () => {
  expect((await run(['cluster', 'set', 'lab', '--registry', 'other:5000'])).code).toBe(exitCodes.done);
  expect(bodyOf('PATCH')).toEqual({ registry: 'other:5000' });
  const nothing = await run(['cluster', 'set', 'lab']);
  expect([nothing.code, nothing.err]).toEqual([exitCodes.usage, expect.stringContaining('Name what to change')]);
});

it('sconce clusters says which one does not answer', async () => {
  const away = cluster('lab', { reachable: false, awaySince: new Date(Date.now() - 120_000).toISOString() });
  api.replies['GET /v1/clusters'] = { body: { data: [cluster('local'), away], page: { next: null } } };
  const { out, err } = await run(['clusters']);
  expect(out).toMatch(/lab +not for 2 min/);
  expect(err).toContain('The cluster lab does not answer; what runs goes on.');
});
