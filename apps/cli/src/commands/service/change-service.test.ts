import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exitCodes } from '../../exit-code.ts';
import { type PretendApi, startPretendApi } from '../../testing/pretend-api.ts';

const path = 'vision/production/web';
const resources = { gpu: null, cpuMilli: null, memoryMiB: 512 };
const service = {
  id: 'svc_1',
  path,
  project: { id: 'prj_1', slug: 'vision' },
  effectiveSettings: { resources, probe: {}, scaling: {}, volumes: [], command: null },
  version: 7,
};
const changed = {
  ...service,
  effectiveSettings: { ...service.effectiveSettings, resources: { ...resources, memoryMiB: 1024 } },
};
const release = { id: 'rel_4', number: 4, name: 'r4' };

let api: PretendApi;
beforeEach(async () => {
  api = await startPretendApi();
  api.replies[`GET /v1/services/${encodeURIComponent(path)}`] = { body: service };
});
afterEach(() => api.close());

const set = (reply: object, ...args: readonly string[]) => {
  api.replies['PATCH /v1/services/svc_1'] = { body: { ...changed, ...reply } };
  return api.run(['services', 'set', path, '--memory', '1Gi', ...args]);
};
const writes = () => api.asked.filter(({ method }) => method !== 'GET').map(({ method, url }) => `${method} ${url}`);

describe('sconce services set', () => {
  it('changes and deploys with one write, and says which release gets it', async () => {
    const { code, out } = await set({ deployment: { release, rollout: null, build: null } }, '--deploy');
    expect([code, out.split('\n')[0]]).toEqual([exitCodes.done, `${path} gets it with r4, which is being made.`]);
    expect(out).toContain('-> ');
    expect(writes()).toEqual(['PATCH /v1/services/svc_1?deploy=true']);
  });

  it('asks for nothing more where it cannot be deployed', async () => {
    api.replies['PATCH /v1/services/svc_1'] = {
      status: 409,
      body: { code: 'conflict', detail: 'The secret TOKEN is not set.', hint: 'Nothing was changed.' },
    };
    const refused = await api.run(['services', 'set', path, '--memory', '1Gi', '--follow']);
    expect(refused).toMatchObject({
      code: exitCodes.failed,
      out: '',
      err: '✕ The secret TOKEN is not set.  (conflict)\n  Nothing was changed.\n',
    });
    expect(writes()).toHaveLength(1);
  });

  it('says when it takes effect where there is nothing to deploy, or nobody asked for it', async () => {
    expect((await set({ deployment: null }, '--deploy')).out).toContain('nothing was deployed to it yet');
    expect((await set({ deployment: null }, '--follow')).out).toContain('nothing was deployed to it yet');
    expect((await set({})).out).toMatch(/with its next release\.[\s\S]*Make one now/);
    expect(writes().at(-1)).toBe('PATCH /v1/services/svc_1');
  });

  it('makes nothing with --dry-run, and says what would be', async () => {
    const { out } = await set({ deployment: { release, rollout: null, build: null } }, '--follow', '--dry-run');
    expect(out).toContain('would get it with r4, which would be made.');
    expect(writes()).toEqual(['PATCH /v1/services/svc_1?dryRun=true&deploy=true']);
  });
});
