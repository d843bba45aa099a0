import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exitCodes } from '../exit-code.ts';
import { list, type PretendApi, startPretendApi } from '../testing/pretend-api.ts';

let api: PretendApi;
let clone: string;
beforeEach(async () => {
  api = await startPretendApi();
  api.replies['GET /v1/services'] = list({ id: 'svc_1', slug: 'web', path: 'vision/production/web' });
  clone = mkdtempSync(`${tmpdir()}/sconce-clone-`);
  execFileSync('git', ['init', '-q'], { cwd: clone });
});
afterEach(async () => {
  rmSync(clone, { recursive: true });
  await api.close();
});

const remember = (service: string) =>
  execFileSync('git', ['config', '--local', 'sconce.service', service], { cwd: clone });
const here = { SCONCE_SERVICE: '', SCONCE_PROJECT: '' };

it.each([
  ['gone/production/web', 'There is no service gone/production/web'],
  ['gone', 'No service is called gone'],
])('says of %s, which nobody typed, where it was taken from', async (name, message) => {
  remember(name);
  const remembered = await api.run(['logs'], { directory: clone, environment: here });
  expect([remembered.code, remembered.err]).toEqual([
    exitCodes.notFound,
    expect.stringMatching(
      new RegExp(`${message}[\\s\\S]*deployed there last[\\s\\S]*git config --unset sconce\\.service`),
    ),
  ]);
  const set = await api.run(['logs'], { environment: { SCONCE_SERVICE: name } });
  expect(set.err).toMatch(new RegExp(`${message}[\\s\\S]*SCONCE_SERVICE`));
  const typed = await api.run(['logs', name], { directory: clone, environment: here });
  expect(typed.err).toMatch(new RegExp(`${message}[^\\n]*\\n {2}See them: sconce status\\n$`));
});

it('says the same of projects', async () => {
  remember('gone/production/web');
  const remembered = await api.run(['members'], { directory: clone, environment: here });
  expect(remembered.err).toMatch(/There is no project gone, or[\s\S]*deployed there last.*--project/);
  expect((await api.run(['members'], { environment: { SCONCE_PROJECT: 'nope' } })).err).toMatch(
    /There is no project nope, or[\s\S]*SCONCE_PROJECT/,
  );
  expect(await api.run(['members', '-p', 'nope'])).toMatchObject({
    code: exitCodes.notFound,
    err: expect.stringContaining('See them: sconce projects'),
  });
});

it('throws on whatever else the API says', async () => {
  api.replies['GET /v1/services/a%2Fb%2Fc'] = { status: 403, body: { code: 'forbidden', detail: 'Not yours.' } };
  expect(await api.run(['logs', 'a/b/c'])).toMatchObject({
    code: exitCodes.denied,
    err: '✕ Not yours.  (forbidden)\n',
  });
});
