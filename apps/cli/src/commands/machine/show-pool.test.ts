import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exitCodes } from '../../exit-code.ts';
import { list, type PretendApi, startPretendApi } from '../../testing/pretend-api.ts';

const pool = (name: string, cluster = 'local') => ({
  name,
  cluster,
  nodes: 1,
  cpuMilli: 16_000,
  memoryMiB: 131_072,
  diskMiB: 512_000,
  diskFreeMiB: 100_000,
  gpus: [{ product: 'NVIDIA H100', memoryMiB: 81_559, total: 8, free: 5 }],
  gpuHolders: [],
  observedAt: '2026-01-01T10:00:00.000Z',
});
const unknown = { cpuMilli: null, memoryMiB: null, diskUsedMiB: null };
const noGpu = { gpusHeld: null, gpuPercent: null, gpuMemoryMiB: null };
const points = [
  { at: '2026-01-01T10:00:00.000Z', ...unknown, ...noGpu },
  {
    at: '2026-01-01T11:00:00.000Z',
    cpuMilli: 2_500,
    memoryMiB: 65_536,
    diskUsedMiB: 412_000,
    gpusHeld: 3,
    gpuPercent: 71.4,
    gpuMemoryMiB: 40_960,
  },
];
const used = '2.5 +64.0 GiB +402.3 GiB +3.0 +71 % +40.0 GiB';

let api: PretendApi;
beforeEach(async () => {
  api = await startPretendApi();
  api.replies['GET /v1/clusters'] = list({ name: 'local', reachable: true, warnings: [] });
  api.replies['GET /v1/clusters/local/node-pools'] = list(pool('host-1'), pool('host-2'));
  const pools = ['host-1', 'host-2'].map((name) => ({ pool: name, points }));
  api.replies['GET /v1/clusters/local/metrics'] = {
    body: { cluster: 'local', since: 'x', until: 'y', step: '1h', stepSeconds: 3600, pools },
  };
});
afterEach(() => api.close());

const asked = () => api.asked.at(-1)?.url;

describe('sconce pools show', () => {
  it('shows what was used of one beside what there is, and a dash where nothing is known', async () => {
    const { code, out } = await api.run(['pools', 'show', 'local/host-1', '--since', '24h']);
    expect(code).toBe(exitCodes.done);
    const [title, head, first, second, ...more] = out.trimEnd().split('\n');
    expect(title).toBe('local/host-1, in steps of 1h: 16 cores, 128.0 GiB memory, 500.0 GiB disk, 8 × NVIDIA H100');
    expect(head).toMatch(/^FROM +CPU +MEMORY +DISK +GPUS HELD +GPU +GPU MEMORY$/);
    expect(first).toMatch(/\d\d:\d\d( +-){6}$/);
    expect(second).toMatch(new RegExp(`\\d\\d:\\d\\d +${used}$`));
    expect(more).toEqual([]);
    expect(asked()).toBe('/v1/clusters/local/metrics?since=24h&step=1h');
  });

  it('shows all of a cluster, and all of the only one when none is named', async () => {
    for (const args of [['local'], []]) {
      const { out } = await api.run(['pools', 'show', ...args]);
      expect(out.match(/^local\/host-\d, in steps/gm)).toEqual(['local/host-1, in steps', 'local/host-2, in steps']);
    }
    expect(asked()).toBe('/v1/clusters/local/metrics?since=1h&step=5m');
  });

  it('answers as the API does for scripts, the pool that was named alone', async () => {
    const { out } = await api.run(['pools', 'show', 'host-2', '--json', '--step', '10s']);
    expect(JSON.parse(out)).toMatchObject({ cluster: 'local', stepSeconds: 3600, pools: [{ pool: 'host-2', points }] });
    expect(asked()).toBe('/v1/clusters/local/metrics?since=1h&step=10s');
  });

  it('writes figures alone with --quiet, of several with whose they are', async () => {
    const one = (await api.run(['pools', 'show', 'host-1', '-q'])).out;
    expect(one).toMatch(new RegExp(`^.*\\d\\d:\\d\\d( +-){6}\n.*\\d\\d:\\d\\d +${used}\n$`));
    expect((await api.run(['pools', 'show', '-q'])).out.match(/^host-[12] /gm)).toHaveLength(4);
  });

  it('says which there are where several could be meant, and where none is called so', async () => {
    api.replies['GET /v1/clusters'] = list({ name: 'local' }, { name: 'other' });
    api.replies['GET /v1/clusters/other/node-pools'] = list(pool('host-1', 'other'));
    const several = await api.run(['pools', 'show', 'host-1']);
    expect([several.code, several.err]).toEqual([
      exitCodes.usage,
      expect.stringContaining('local/host-1, other/host-1'),
    ]);
    expect(await api.run(['pools', 'show'])).toMatchObject({ code: exitCodes.usage });
    expect(await api.run(['pools', 'show', 'host-9'])).toMatchObject({
      code: exitCodes.notFound,
      err: expect.stringContaining('See them: sconce pools'),
    });
    api.replies['GET /v1/clusters'] = list();
    expect(await api.run(['pools', 'show'])).toMatchObject({ code: exitCodes.notFound });
  });
});
