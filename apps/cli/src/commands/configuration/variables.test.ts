import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { list, type PretendApi, startPretendApi } from '../../testing/pretend-api.ts';

const path = 'vision/production/web';
let api: PretendApi;
beforeEach(async () => {
  api = await startPretendApi();
  service(null);
  api.replies['PATCH /v1/services/svc_1/variables'] = list();
  api.replies['GET /v1/services/svc_1/variables'] = list();
  api.replies['PATCH /v1/services/svc_1'] = { body: {} };
  api.replies['PATCH /v1/environments/vision%2Fproduction/variables'] = list();
  const group = { id: 'grp_1', slug: 'hub', services: [path] };
  api.replies['GET /v1/environments/vision%2Fproduction/secret-groups'] = list(group);
  api.replies['PUT /v1/secret-groups/grp_1/secrets/TOKEN'] = { body: { version: 1, fingerprint: '0' } };
  api.replies['DELETE /v1/secret-groups/grp_1/secrets/TOKEN'] = { body: {} };
});
afterEach(() => api.close());

function service(desired: object | null): void {
  const place = { project: { slug: 'vision' }, environment: { slug: 'production' } };
  const one = { id: 'svc_1', slug: 'web', path, ...place, live: null, desired, secretGroups: [], version: 1 };
  api.replies['GET /v1/services'] = list(one);
}

const run = async (line: string, input = '') => (await api.run(line.split(' '), { input })).out;

describe('a changed variable', () => {
  it('takes effect when it is said to', async () => {
    expect(await run('variables set A=1')).toContain('The next release takes it up; make one now with --deploy.');
    expect(await run('variables set A=1 --deploy')).toContain('Nothing was deployed to it yet');
    expect(await run('variables import - --deploy', 'A=1\n')).toContain('Nothing was deployed to it yet');
    service({ release: { name: 'r1' } });
    expect(await run('variables unset A --deploy')).toContain('A release with it is being made: sconce status');
    expect(await run('variables set A=1 -e vision/production --deploy')).toContain('Services that were deployed get');
  });
});

describe('--quiet', () => {
  it.each([
    ['variables set A=1', path],
    ['variables unset A', path],
    ['variables set A=1 -e vision/production', 'vision/production'],
    ['variables import -', path],
    ['secrets set TOKEN -g hub', 'hub/TOKEN'],
    ['secrets unset TOKEN -g hub', 'hub/TOKEN'],
    ['secrets attach hub', path],
    ['secrets detach hub', path],
  ])('writes after `%s` the name of what was changed', async (line, name) => {
    expect(await run(`${line} --quiet`, 'B=2\n')).toBe(`${name}\n`);
  });
});
