import { afterEach, beforeEach, expect, it } from 'vitest';
import { exitCodes } from '../exit-code.ts';
import { list, type PretendApi, startPretendApi } from '../testing/pretend-api.ts';

let api: PretendApi;
beforeEach(async () => {
  api = await startPretendApi();
  const service = { id: 'svc_1', slug: 'web', path: 'vision/production/web', project: { slug: 'vision' }, version: 1 };
  api.replies['GET /v1/services'] = list(service);
  api.replies['GET /v1/branch-rules/rul_1'] = { body: { id: 'rul_1', project: { slug: 'vision' }, version: 1 } };
});
afterEach(() => api.close());

it.each([
  ['projects set vision'],
  ['environments set vision/production'],
  ['repositories set vision/app'],
  ['branch-rules set rul_1'],
  ['services set web'],
])('writes nothing where nothing was named to be changed: %s', async (line) => {
  const { code, err } = await api.run(line.split(' '));
  expect([code, err]).toEqual([
    exitCodes.usage,
    expect.stringMatching(/Name what to change.*\n {2}For instance: sconce /),
  ]);
  expect(api.asked.filter(({ method }) => method !== 'GET')).toEqual([]);
});
