import { afterEach, beforeEach, expect, it } from 'vitest';
import { exitCodes } from '../exit-code.ts';
import { list, type PretendApi, startPretendApi } from '../testing/pretend-api.ts';

let api: PretendApi;
beforeEach(async () => {
  api = await startPretendApi();
  api.replies['GET /v1/services'] = list({ id: 'svc_1', slug: 'web', path: 'vision/production/web' });
  api.replies['GET /v1/projects/vision'] = { body: { id: 'prj_1', slug: 'vision' } };
  api.replies['GET /v1/repositories/vision%2Fapp'] = { body: { id: 'rpo_1' } };
  const path = '/v1/services/svc_1';
  for (const one of [
    '/v1/projects/prj_1/branch-rules',
    '/v1/metrics',
    '/v1/events',
    `${path}/builds`,
    `${path}/releases`,
  ])
    api.replies[`GET ${one}`] = list();
  api.replies[`GET ${path}/metrics`] = { body: { service: {}, step: '1h', series: [], marks: [] } };
});
afterEach(() => api.close());

const sha = 'a'.repeat(40);

it.each([
  [
    'branch-rules -p vision --branch main --repository app',
    '/v1/projects/prj_1/branch-rules?limit=50&branch=main&repository=rpo_1',
  ],
  [`builds -s web --commit ${sha}`, `/v1/services/svc_1/builds?limit=50&commit=${sha}`],
  [`releases -s web --commit ${sha} --was-live`, `/v1/services/svc_1/releases?limit=50&wasLive=true&commit=${sha}`],
  ['events --actor usr_1', '/v1/events?limit=20&actor=usr_1'],
  ['metrics -p vision', '/v1/metrics?limit=200&project=vision'],
  ['metrics -e production -p vision', '/v1/metrics?limit=200&environment=vision%2Fproduction'],
  ['metrics web --since 7d --until 1d', '/v1/services/svc_1/metrics?since=7d&until=1d'],
  ['metrics web --until 1d', '/v1/services/svc_1/metrics?until=1d'],
  ['metrics web', '/v1/services/svc_1/metrics?since=1h&step=5m'],
])('%s asks for no more than that', async (line, url) => {
  expect((await api.run(line.split(' '))).err).toBe('');
  expect(api.asked.at(-1)?.url).toBe(url);
});

it('asks for all services of a place, or for one over time', async () => {
  for (const line of ['metrics web -e vision/production', 'metrics --since 1h -p vision'])
    expect(await api.run(line.split(' '))).toMatchObject({
      code: exitCodes.usage,
      err: expect.stringContaining('for all services, now'),
    });
});

it('says of a branch that no rule takes in what a push to it does', async () => {
  expect((await api.run(['branch-rules', '-p', 'vision', '--branch', 'wip/a'])).out).toMatch(
    /no branch rule for wip\/a: a push to it deploys nothing\. Make one: .* --branch wip\/a\n$/,
  );
});
