import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { createTerminal, runCli } from '@sconce/cli';
import { endpoints } from '@sconce/contract';
import * as dashboard from '@sconce/dashboard';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { known, pretendApi } from './pretend-api.ts';

type Action = dashboard.Action;

const {
  exampleActions,
  peopleActions,
  placeActions,
  readActions,
  releaseActions,
  serviceActions,
  sourceActions,
  tokenActions,
  valueActions,
} = dashboard;

const service = 'vision/production/app';
const email = 'ana@example.com';
const group = { environment: 'vision/production', group: 'hub', name: 'TOKEN' };
const standing = { project: false, environment: false };
const place = { project: 'vision', environment: 'production', service: 'app' };
const rule = { branches: ['main', 'release/*', '!wip/**'], environment: 'production', repository: 'app' };
const gpu = { product: 'H100', count: 2, memoryMiB: null };

/** Settings as a page sends them: each value, and the same as one object. */
function settings(values: readonly (readonly [string, unknown])[], deploy = false, repository?: string | null): Action {
  const body: Record<string, unknown> = {};
  for (const [key, value] of values) {
    const path = key.split('.');
    const last = path.pop() ?? '';
    let at = body;
    for (const name of path) {
      at[name] ??= {};
      at = at[name] as Record<string, unknown>;
    }
    at[last] = value;
  }
  const whole = repository === undefined ? body : { ...body, repository };
  return serviceActions.changeSettings({ service, values, repository, body: whole, deploy });
}

/** Each act of the pages, at least once. A new one has to stand here: the first test counts. */
const samples: Readonly<Record<string, readonly Action[]>> = {
  renameProject: [placeActions.renameProject('vision', 'Vision & sound')],
  createEnvironment: [
    placeActions.createEnvironment('vision', 'staging'),
    placeActions.createEnvironment('vision', 'lab', 'lab'),
  ],
  removePlace: [
    placeActions.removePlace('project', 'vision', true),
    placeActions.removePlace('environment', 'vision/production', false),
    placeActions.removePlace('service', service, false),
  ],
  createRepository: [
    sourceActions.createRepository('vision', { kind: 'builtin', slug: 'models' }),
    sourceActions.createRepository('vision', { kind: 'github', slug: 'm', fullName: 'acme/Models', hostId: '12' }),
    sourceActions.createRepository('vision', {
      kind: 'github',
      slug: 'm',
      fullName: 'acme/Models',
      hostId: '12',
      installationId: '34',
    }),
  ],
  setDefaultBranch: [sourceActions.setDefaultBranch('vision/app', 'trunk')],
  removeRepository: [sourceActions.removeRepository('vision/app')],
  createBranchRule: [
    sourceActions.createBranchRule('vision', rule),
    sourceActions.createBranchRule('vision', { ...rule, repository: null }),
  ],
  updateBranchRule: [
    sourceActions.updateBranchRule('vision', 'rul_1', rule),
    sourceActions.updateBranchRule('vision', 'rul_1', { ...rule, repository: null }),
  ],
  removeBranchRule: [sourceActions.removeBranchRule('rul_1')],
  setMember: [peopleActions.setMember('vision', email, 'viewer')],
  inviteMember: [peopleActions.inviteMember('vision', email, 'developer')],
  removeMember: [peopleActions.removeMember('vision', email)],
  makeSignInLink: [peopleActions.makeSignInLink({ id: 'usr_1', email })],
  endSession: [peopleActions.endSession('tok_9')],
  endOtherSessions: [peopleActions.endOtherSessions()],
  createToken: [
    tokenActions.createToken({ kind: 'personal', name: '-laptop of Ana', scopes: ['write'], expiresInDays: null }),
    tokenActions.createToken({ kind: 'personal', name: 'x', scopes: ['read'], project: 'vision', expiresInDays: 30 }),
    tokenActions.createToken({ kind: 'deploy', name: 'ci', environment: 'vision/production', expiresInDays: 90 }),
    tokenActions.createToken(tokenActions.pushToken('vision', 'app')),
  ],
  revokeToken: [tokenActions.revokeToken('tok_1')],
  changeVariables: [
    valueActions.changeVariables({ kind: 'service', path: service }, { A: "it's $HOME", B: '', C: null }, true),
    valueActions.changeVariables({ kind: 'environment', path: 'vision/production' }, { OLD: null }, false),
  ],
  setSecret: [valueActions.setSecret(group, true), valueActions.setSecret(group, false)],
  removeSecret: [valueActions.removeSecret(group)],
  removeSecretGroup: [valueActions.removeSecretGroup('vision/production', 'hub')],
  turnSecretGroup: [
    valueActions.turnSecretGroup(service, ['hub'], 'hub'),
    valueActions.turnSecretGroup(service, ['hub'], 'other'),
  ],
  createBuild: [releaseActions.createBuild(service, false), releaseActions.createBuild(service, true)],
  buildAgain: [
    releaseActions.buildAgain(service, { id: 'bld_1', commit: { sha: 'a'.repeat(40) } }, true),
    releaseActions.buildAgain(service, { id: 'bld_1', commit: { sha: 'a'.repeat(40) } }, false),
  ],
  cancelBuild: [releaseActions.cancelBuild('bld_1')],
  deployAgain: [releaseActions.deployAgain(service)],
  rollBack: [releaseActions.rollBack(service, 'r11')],
  setAutoDeploy: [releaseActions.setAutoDeploy(service, true), releaseActions.setAutoDeploy(service, false)],
  changeSettings: [
    settings([['settings.resources.gpu', gpu]], true),
    settings([['settings.resources.gpu', { product: null, count: 1, memoryMiB: null }]]),
    settings([['settings.resources.gpu', { product: null, count: 2, memoryMiB: 22_888 }]]),
    settings(
      [
        ['settings.resources.cpuMilli', 500],
        ['settings.resources.memoryMiB', 128],
        ['settings.port', 9_000],
        ['settings.command', ['python3', "it's.py"]],
        ['settings.probe.path', '/healthz'],
        ['settings.probe.startupTimeoutMs', 90_000],
        ['settings.probe.periodMs', 2_500],
        ['settings.probe.timeoutMs', 300_000],
        ['settings.probe.failureThreshold', 3],
        ['settings.scaling.min', 1],
        ['settings.scaling.max', 4],
        ['settings.scaling.concurrency', 8],
        ['settings.scaling.idleMs', 61_000],
        ['settings.drainTimeoutMs', 7_200_000],
        ['settings.watchMs', 3_600_000],
        [
          'settings.volumes',
          [
            { name: 'cache', path: '/models', sizeMiB: 20_480 },
            { name: 'tmp', path: '/tmp', sizeMiB: null },
          ],
        ],
        [
          'settings.sidecars',
          [
            {
              name: 'cache',
              image: 'redis:7',
              command: null,
              env: { A: "it's" },
              sharesVariables: true,
              cpuMilli: null,
              memoryMiB: 64,
            },
          ],
        ],
      ],
      true,
      'app',
    ),
    settings([
      ['build.dockerfile', 'docker/Dockerfile'],
      ['build.context', 'app'],
      ['build.watch', ['**', '!docs/**']],
      ['build.args', { VERSION: '1 2', EMPTY: '' }],
      ['build.secrets', ['HUB_TOKEN']],
    ]),
    settings(
      [
        ['settings.resources.gpu', 'none'],
        ['settings.resources.cpuMilli', 'none'],
        ['settings.command', null],
        ['settings.probe.path', 'none'],
        ['settings.port', null],
        ['settings.scaling.min', null],
        ['settings.scaling.max', null],
        ['settings.volumes', null],
        ['build.watch', null],
        ['build.dockerfile', null],
      ],
      false,
      null,
    ),
    settings([['settings.scaling.min', 2]]),
    settings([['settings.scaling.max', 3]]),
  ],
  makeRepository: [serviceActions.makeRepository({ project: 'vision', environment: 'production' }, 'app', standing)],
  makeService: [
    serviceActions.makeService(place, standing),
    serviceActions.makeService(place, { project: true, environment: true }),
  ],
  deployRepository: [
    serviceActions.deployRepository(
      { ...place, repository: 'app', branch: 'main', settings: { port: 8_000, resources: { gpu } } },
      standing,
    ),
  ],
  deployExample: [serviceActions.deployExample({ ...place, branch: 'main' }, 'hello', standing)],
  keepExample: [exampleActions.keepExample(service, 'one', {})],
  forgetExample: [exampleActions.forgetExample(service, 'one')],
  listAudit: [
    readActions.listAudit({}),
    readActions.listAudit({ project: 'vision', action: 'putMember', user: 'usr_1' }),
  ],
  readMetrics: [readActions.readMetrics(service, '1h')],
  makeCall: [readActions.makeCall(service, 'GET', '/')],
  openSocket: [readActions.openSocket(service, '/talk')],
  readPoolUse: [readActions.readPoolUse('local', '24h')],
};

const all = Object.entries(samples).flatMap(([name, actions]) =>
  actions.map((action, index) => [`${name} ${index + 1}`, action] as const),
);
const callsOf = ({ api }: Action) => ('name' in api ? [api] : api);

let api: Awaited<ReturnType<typeof pretendApi>>;
beforeAll(async () => {
  api = await pretendApi();
});
afterAll(() => api.close());

/** The words that a shell makes of a line. */
const wordsOf = (line: string): readonly string[] =>
  execFileSync('/bin/sh', ['-c', `set -- ${line}; for word; do printf '%s\\0' "$word"; done`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);

/** What a line asks of the API, by the command line's own parser and commands. Whatever it would ask a person is answered with yes. */
async function run(line: string): Promise<string> {
  const [program, ...typed] = wordsOf(line);
  expect(program).toBe('sconce');
  const said: string[] = [];
  const into = { write: (text: string) => void said.push(text) };
  const asks = /^sconce (?:\S+ (?:delete|remove|revoke|end|delete-group))\b/.test(line);
  const at = typed.indexOf('--');
  const args = asks ? typed.toSpliced(at < 0 ? typed.length : at, 0, '--yes') : typed;
  const code = await runCli(args, {
    version: '0.0.0',
    environment: { SCONCE_API_URL: api.url, SCONCE_TOKEN: 'sconce_personal_test', PATH: process.env.PATH },
    checkout: null,
    directory: '/',
    home: '/nonexistent',
    terminal: createTerminal(into, into, {}),
    stdin: Readable.from([Buffer.from('…')]) as unknown as NodeJS.ReadStream,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: new AbortController().signal,
  });
  return code === 0 ? '' : said.join('');
}

interface Said {
  readonly name: string;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

const byPath = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value ?? null), (_, one: unknown) => (typeof one === 'string' ? (known[one] ?? one) : one));

/** In one form: ids as paths, nothing for an empty body, and texts in queries. */
function plain({ name, params = {}, query = {}, body }: Partial<Said> & { readonly name: string }): Said {
  const given = Object.entries(query as object).filter(([key, value]) => value !== undefined && key !== 'limit');
  return {
    name,
    params: byPath(params),
    query: Object.fromEntries(given.map(([key, value]) => [key, String(value)])),
    body: byPath(body ?? {}),
  };
}

/** Two commands may be one call: values that are set, and those that are taken away. */
function joined(calls: readonly Said[]): readonly Said[] {
  return calls.reduce<readonly Said[]>((before, call) => {
    const last = before.at(-1);
    const isSame = last?.name === call.name && /Variables$/.test(call.name);
    if (!isSame) return [...before, call];
    return [...before.slice(0, -1), { ...call, body: { ...(last.body as object), ...(call.body as object) } }];
  }, []);
}

const isRead = (name: string) => endpoints[name as 'getMe'].method === 'GET';

const expectedOf = (action: Action): readonly Said[] => callsOf(action).map((call) => plain(call));

describe('what the pages say for a terminal', () => {
  it('is tried here for each act', () => {
    const acts = Object.values(dashboard).flatMap((module) =>
      Object.entries(module).flatMap(([name, value]) => (typeof value === 'function' ? [name] : [])),
    );
    const helpers = ['nameOf', 'pushToken', 'withTurned'];
    expect(Object.keys(samples).sort()).toEqual(acts.filter((name) => !helpers.includes(name)).sort());
  });

  it.each(all.filter(([, { cli }]) => cli !== null))(
    'is one thing as a command and as a call: %s',
    async (_, action) => {
      api.take();
      for (const line of (action.cli ?? '').split('\n')) expect(await run(line), line).toBe('');
      const expected = expectedOf(action);
      const reads = expected.some(({ name }) => isRead(name));
      const asked = api
        .take()
        .filter(({ name, query }) => (reads ? expected[0]?.name === name : !isRead(name)) && !('dryRun' in query))
        .map((call) => plain({ ...call, query: reads ? without(call.query, ['step']) : call.query }));
      expect(joined(asked)).toEqual(expected);
    },
  );

  it.each(all)('is a call that the API takes: %s', (_, action) => {
    for (const { name, params = {}, query = {}, body } of callsOf(action)) {
      const endpoint = endpoints[name];
      const names = [...endpoint.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      expect(Object.keys(params).sort()).toEqual(names.sort());
      const given = Object.entries(query).flatMap(([key, value]) =>
        value === undefined ? [] : [[key, String(value)]],
      );
      expect(endpoint.query.safeParse(Object.fromEntries(given)).error).toBeUndefined();
      if (endpoint.body && name !== 'putCallExample') expect(endpoint.body.safeParse(body ?? {}).error).toBeUndefined();
    }
  });

  it('has no command only where the command line has none', () => {
    const root = fileURLToPath(new URL('../../apps/cli/src/', import.meta.url));
    const source = globSync('**/*.ts', { cwd: root })
      .filter((path) => !path.endsWith('.test.ts'))
      .map((path) => readFileSync(join(root, path), 'utf8'))
      .join('\n');
    const isThere = (name: string) => new RegExp(`[.]${name}\\(`).test(source);
    const missing = all.filter(
      ([, action]) => action.cli === null && callsOf(action).every(({ name }) => isThere(name)),
    );
    expect(missing.map(([name]) => name)).toEqual([]);
  });

  it('stays true whatever people type', async () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).filter((one) => !/[\0\n\r]/.test(one));
    await fc.assert(
      fc.asyncProperty(text, text, async (name, value) => {
        const actions = [
          tokenActions.createToken({ kind: 'personal', name, scopes: ['read'], expiresInDays: 7 }),
          placeActions.renameProject('vision', name),
          valueActions.changeVariables({ kind: 'service', path: service }, { NAME: value }, false),
          sourceActions.setDefaultBranch('vision/app', name),
        ];
        for (const action of actions) {
          api.take();
          expect(await run(action.cli ?? ''), action.cli ?? '').toBe('');
          const asked = api.take().filter((call) => !isRead(call.name));
          expect(asked.map((call) => plain(call))).toEqual(expectedOf(action));
        }
      }),
      { numRuns: 25 },
    );
    // A hundred commands, on a machine that may be busy.
  }, 30_000);

  it('names no command for a GPU or numbers that the command line cannot say', () => {
    expect(settings([['settings.resources.gpu', { product: 'A100', count: 1, memoryMiB: 40_960 }]]).cli).toBeNull();
    expect(settings([['build.watch', []]]).cli).toBeNull();
    expect(settings([['settings.scaling.min', null]]).cli).toBeNull();
  });
});

function without(query: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(query).filter(([name]) => !names.includes(name)));
}
