import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exitCodes } from './exit-code.ts';
import { type Asked, list, type PretendApi, type Reply, startPretendApi } from './testing/pretend-api.ts';

let api: PretendApi;
let replies: Record<string, Reply>;
let asked: Asked[];

beforeEach(async () => {
  api = await startPretendApi();
  ({ replies, asked } = api);
});
afterEach(() => api.close());

const sconce = (args: readonly string[], input = '') => api.run(args, { input });

const service = {
  id: 'svc_1',
  slug: 'resnet50',
  path: 'vision/production/resnet50',
  project: { id: 'prj_1', slug: 'vision' },
  environment: { id: 'env_1', slug: 'production' },
  state: 'live',
  live: {
    release: { id: 'rel_2', number: 2, name: 'r2' },
    commit: { sha: 'abcdef0123', message: 'Resize', author: 'Ana', ref: null },
    since: '2026-01-01T10:00:00.000Z',
  },
  desired: null,
  waiting: null,
  rollout: null,
  build: null,
  replicas: { ready: 1, total: 1, wanted: 1, observedAt: null },
  pinned: null,
  urls: { host: 'http://resnet50.localhost', path: 'http://localhost/vision/production/resnet50/' },
  secretGroups: [],
  version: 7,
};

describe('sconce', () => {
  it('shows services in one line each, and the same as JSON', async () => {
    replies['GET /v1/services'] = list(service);
    expect((await sconce(['status'])).out).toMatch(/^● live {2}vision\/production\/resnet50 {2}r2 since .* {2}1 of 1/);
    expect(JSON.parse((await sconce(['status', '--json'])).out)).toMatchObject({ data: [{ id: 'svc_1' }] });
    expect(asked[0]?.authorization).toBe('Bearer sconce_personal_test');
  });

  it('shows machines with what is free of them, and says what is wrong before anything else', async () => {
    const cluster = { name: 'local', reachable: false, warnings: ['Networks are not kept apart.'] };
    const pool = {
      name: 'host-1',
      cluster: 'local',
      nodes: 1,
      cpuMilli: 16_000,
      memoryMiB: 131_072,
      diskMiB: 512_000,
      diskFreeMiB: 100_000,
      gpus: [{ product: 'NVIDIA H100', memoryMiB: 81_559, total: 8, free: 5 }],
      gpuHolders: [{ service: { id: 'svc_1', path: service.path }, replica: 'r2-7x2', gpus: 3 }],
      // Ahead of time, so that it is "now" however long it takes to be shown.
      observedAt: new Date(Date.now() + 3_600_000).toISOString(),
    };
    replies['GET /v1/clusters'] = list(cluster);
    replies['GET /v1/clusters/local/node-pools'] = list(pool);
    const shown = await sconce(['pools']);
    expect(shown.out).toMatch(/^local\/host-1 +1 +16 +128 GiB +98 GiB of 500 GiB +5 of 8 NVIDIA H100 80 GiB +now$/m);
    expect(shown.out).toMatch(/vision\/production\/resnet50 +r2-7x2 +3 GPUs/);
    const wrong = 'The cluster local does not answer; what runs goes on.\nNetworks are not kept apart.\n';
    expect(shown.err).toBe(wrong);
    expect(JSON.parse((await sconce(['pools', '--json'])).out)).toMatchObject({ data: [{ name: 'host-1' }] });
    replies['GET /v1/services'] = list(service);
    expect(await sconce(['status'])).toMatchObject({ code: exitCodes.done, err: wrong });
  });

  it('says of figures only the answer where only that is wanted: whose there are, or the figures of one', async () => {
    const use = { cpuMilli: 250, memoryMiB: 64, gpuPercent: null, gpuMemoryMiB: null };
    const rates = { requestsPerSecond: 3.2, errorsPerSecond: 0, latencyMs: null, inFlight: 0, waiting: 0 };
    const at = (minute: number) => `2026-01-01T10:0${minute}:00.000Z`;
    const points = [1, 2].map((minute) => ({ at: at(minute), ...rates, ...use }));
    const named = { id: 'svc_1', path: service.path };
    const release = { id: 'rel_2', number: 2, name: 'r2' };
    const marks = [{ at: at(1), cause: 'push', release }];
    const one = (of: typeof release | null) => ({
      body: { service: named, step: '1m', series: [{ release: of, replica: null, points }], marks },
    });
    const figures = '3.2/s +0/s +- +- +- +0 +0 +0.25 +64 MiB +- +-';
    replies['GET /v1/services'] = list(service);
    replies['GET /v1/metrics'] = list({ service: named, ...rates, ...use }, { service: { path: 'a/b/c' }, ...rates });
    expect(await sconce(['metrics', '--quiet'])).toEqual({ code: 0, out: `${service.path}\na/b/c\n`, err: '' });
    replies['GET /v1/services/svc_1/metrics'] = one(null);
    const whole = await sconce(['metrics', service.slug, '-q']);
    expect(whole.out).toMatch(new RegExp(`^(.* \\d\\d:0\\d +${figures}\n){2}$`));
    replies['GET /v1/services/svc_1/metrics'] = one(release);
    const apart = await sconce(['metrics', service.slug, '--by', 'release', '--quiet']);
    expect([apart.out, apart.err]).toEqual([expect.stringMatching(new RegExp(`^(r2 .* ${figures}\n){2}$`)), '']);
  });

  it('takes the value of a secret from standard input, without the newline that echo adds', async () => {
    replies['GET /v1/services'] = list(service);
    replies['GET /v1/environments/vision%2Fproduction/secret-groups'] = list();
    replies['POST /v1/environments/vision%2Fproduction/secret-groups'] = {
      status: 201,
      body: { id: 'grp_1', slug: 'hub', services: [] },
    };
    replies['PUT /v1/secret-groups/grp_1/secrets/TOKEN'] = {
      body: { name: 'TOKEN', version: 1, fingerprint: '0123456789ab' },
    };
    const result = await sconce(['secrets', 'set', 'TOKEN', '--group', 'hub'], 'hunter2\n');
    expect(result).toMatchObject({ code: exitCodes.done, err: 'Making secret group hub in vision/production\n' });
    expect(asked.at(-1)).toMatchObject({ method: 'PUT', body: '{"value":"hunter2"}' });
    expect(result.out + result.err).not.toContain('hunter2');
  });

  it('refuses a secret’s value as an argument, and an empty input', async () => {
    const asArgument = await sconce(['secrets', 'set', 'TOKEN=hunter2', '--group', 'hub']);
    expect(asArgument.code).toBe(exitCodes.usage);
    expect(asArgument.err).not.toContain('hunter2');
    replies['GET /v1/services'] = list(service);
    expect((await sconce(['secrets', 'set', 'TOKEN', '--group', 'hub'], '\n')).code).toBe(exitCodes.usage);
    expect(asked.some(({ method }) => method !== 'GET')).toBe(false);
  });

  it('sends variables as one change, null for those taken away', async () => {
    replies['GET /v1/services'] = list(service);
    replies['PATCH /v1/services/svc_1/variables'] = list();
    await sconce(['variables', 'set', 'A=1', 'B=x=y', '--deploy']);
    expect(asked.at(-1)).toMatchObject({
      url: '/v1/services/svc_1/variables?deploy=true',
      body: '{"A":"1","B":"x=y"}',
    });
    await sconce(['variables', 'unset', 'A']);
    expect(asked.at(-1)).toMatchObject({ url: '/v1/services/svc_1/variables', body: '{"A":null}' });
    expect((await sconce(['variables', 'set', 'nothing'])).code).toBe(exitCodes.usage);
  });

  it('finds the release that is meant by its number, and goes back to it', async () => {
    replies['GET /v1/services'] = list(service);
    replies['GET /v1/releases/vision%2Fproduction%2Fresnet50%2Fr1'] = { body: { id: 'rel_1', number: 1 } };
    replies['POST /v1/services/svc_1/rollbacks'] = {
      status: 202,
      body: { id: 'rol_9', release: { name: 'r1' }, liveAt: null },
    };
    expect((await sconce(['rollback', 'r1'])).out).toContain('back to r1');
    expect(asked.at(-1)).toMatchObject({ method: 'POST', body: '{"release":"rel_1"}' });
    expect((await sconce(['rollback', 'r9'])).code).toBe(exitCodes.notFound);
    expect((await sconce(['rollback', 'latest'])).code).toBe(exitCodes.usage);
  });

  it('asks which service is meant when several could be, and says how to name one', async () => {
    replies['GET /v1/services'] = list(service, { ...service, id: 'svc_2', path: 'vision/staging/resnet50' });
    const result = await sconce(['pin', '-s', 'resnet50']);
    expect(result.code).toBe(exitCodes.usage);
    expect(result.err).toContain('vision/production/resnet50, vision/staging/resnet50');
    expect(result.err).toContain('--service project/environment/service');
  });

  it('tells what the API said, with its code and hint, and ends with a code of its own', async () => {
    const problem = {
      code: 'nothing_to_roll_back_to',
      detail: 'No earlier release was live.',
      hint: 'Deploy first.',
      errors: [{ path: 'release', code: 'x', message: 'none' }],
    };
    replies['GET /v1/services'] = list(service);
    replies['POST /v1/services/svc_1/rollbacks'] = { status: 409, body: problem };
    const result = await sconce(['rollback']);
    expect(result).toEqual({
      code: exitCodes.failed,
      out: '',
      err: '✕ No earlier release was live.  (nothing_to_roll_back_to)\n    release: none\n  Deploy first.\n',
    });
    const asJson = await sconce(['rollback', '--json']);
    expect(JSON.parse(asJson.err)).toMatchObject({
      error: { code: 'nothing_to_roll_back_to', hint: 'Deploy first.', exitCode: 1 },
    });
  });

  it('says of a write that nobody answered that it may be done, and of one that reached nobody that it is not', async () => {
    replies['GET /v1/services'] = list(service);
    api.server.removeAllListeners('request');
    api.server.on('request', (request, response) => {
      if (request.method !== 'GET') return void request.socket.destroy();
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(list(service).body));
    });
    const lost = await sconce(['pin']);
    expect([lost.code, lost.err]).toEqual([
      exitCodes.unreachable,
      expect.stringMatching(/whether it was done is not known.*\n {2}Look at what is there/),
    ]);
    const away = await sconce(['pin', '--api-url', 'http://127.0.0.1:9']);
    expect([away.code, away.err]).toEqual([exitCodes.unreachable, expect.stringContaining('Is it running?')]);
    expect(away.err).not.toContain('not known');
  });

  it.each([
    [401, exitCodes.denied],
    [403, exitCodes.denied],
    [404, exitCodes.notFound],
    [500, exitCodes.failed],
  ])('ends with a code that tells %d apart', async (status, code) => {
    replies['GET /v1/services'] = { status, body: { code: 'x', detail: 'No.' } };
    expect((await sconce(['status'])).code).toBe(code);
  });

  it('shows lines oldest first, without what a service might do to the terminal', async () => {
    replies['GET /v1/services'] = list(service);
    const line = (number: number, text: string) => ({
      line: number,
      at: '2026-01-01T10:00:00.000Z',
      stream: 'stdout',
      level: null,
      text,
    });
    replies['GET /v1/services/svc_1/logs'] = list(line(2, 'second\x1b[2J'), line(1, 'first'));
    const { out } = await sconce(['logs']);
    expect(out.split('\n').map((text) => text.split('  ').at(-1))).toEqual(['first', 'second', '']);
    const json = (await sconce(['logs', '--json'])).out.trim().split('\n');
    expect(json.map((text) => (JSON.parse(text) as { line: number }).line)).toEqual([1, 2]);
  });

  it('says in its help what each exit code means, and what a command is for that is asked about', async () => {
    const { code, out } = await sconce(['--help']);
    expect(code).toBe(exitCodes.done);
    const told = out.replace(/\s+/g, ' ').split('Exit codes: ')[1] ?? '';
    expect(told.match(/\b\d+\b/g)?.map(Number)).toEqual(Object.values(exitCodes));
    const asked = await sconce(['help', 'services', 'set']);
    expect(asked).toEqual(await sconce(['services', 'set', '--help']));
    expect(asked.out).toMatch(/^Usage: sconce services set /);
  });

  it.each([
    [['servcies', '--help'], '`sconce servcies`', 'sconce services'],
    [['help', 'servcies'], '`sconce servcies`', 'sconce services'],
    [['--json', 'services', 'lst', '-h'], '`sconce services lst`', 'sconce services list'],
    [['help', 'services', 'lst'], '`sconce services lst`', 'sconce services list'],
  ])('shows no other help where what was asked about is not there: %j', async (args, unknown, meant) => {
    const { code, out, err } = await sconce(args);
    expect([code, out]).toEqual([exitCodes.usage, '']);
    expect(err).toContain(unknown);
    expect(err).toMatch(new RegExp(`Did you mean: ${meant}\\b`));
  });

  it('fits its help into a narrow terminal', async () => {
    for (const args of [['--help'], ['deploy', '--help'], ['services', 'set', '--help'], ['audit', '--help']]) {
      const { out } = await api.run(args, { environment: { COLUMNS: '60' } });
      const wide = out.split('\n').filter((line) => line.length > 60 && !line.startsWith('  sconce '));
      expect(wide).toEqual([]);
    }
  });

  it.each([
    [['bogus']],
    [['rollback', '--nope']],
    [['variables', 'set']],
    [['logs', '--tail', 'x']],
    [['logs', '--level', 'loud']],
  ])('does not understand %j', async (args) => {
    replies['GET /v1/services'] = list(service);
    expect((await sconce(args)).code).toBe(exitCodes.usage);
  });
});
