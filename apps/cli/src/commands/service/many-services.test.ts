import { afterEach, beforeEach, expect, it } from 'vitest';
import { type PretendApi, startPretendApi } from '../../testing/pretend-api.ts';

const count = 450;
const all = Array.from({ length: count }, (_, index) => ({
  id: `svc_${index}`,
  slug: `s${index}`,
  path: `vision/production/s${index}`,
  project: { id: 'prj_1', slug: 'vision' },
  environment: { id: 'env_1', slug: 'production' },
  state: 'empty',
  live: null,
  replicas: { ready: 0, total: 0, wanted: 1, observedAt: null },
  waiting: null,
}));
const figures = { requestsPerSecond: 1, errorsPerSecond: 0, latencyMs: null, inFlight: 0, waiting: 0 };

let api: PretendApi;
beforeEach(async () => {
  api = await startPretendApi();
  page('/v1/services', all);
  page(
    '/v1/metrics',
    all.map(({ id, path }) => ({ service: { id, path }, ...figures })),
  );
  page('/v1/clusters', []);
});
afterEach(() => api.close());

/** As the API gives pages: at most as many as were asked for, and where the next one begins. */
function page(path: string, items: readonly unknown[]): void {
  api.replies[`GET ${path}`] = (request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://x');
    const from = Number(searchParams.get('cursor') ?? 0);
    const until = from + Number(searchParams.get('limit') ?? 50);
    const next = until < items.length ? String(until) : null;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ data: items.slice(from, until), page: { next } }));
  };
}

it.each([
  ['status', 1],
  ['metrics', 0],
])('%s tells of every service, in as few requests as the API allows', async (command, others) => {
  const { out } = await api.run([command, '--quiet']);
  expect(out.trimEnd().split('\n')).toEqual(all.map(({ path }) => path));
  expect(api.asked).toHaveLength(3 + others);
  const { data, page } = JSON.parse((await api.run([command, '--json'])).out);
  expect([data.length, page.next]).toEqual([count, null]);
});

it('completes the name of a service beyond the first page', async () => {
  const { out } = await api.run(['complete', '--', 'status', 'vision/production/s44']);
  expect(out.split('\n')).toContain('vision/production/s449\tservice');
});
