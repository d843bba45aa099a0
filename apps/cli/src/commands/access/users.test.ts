import { afterEach, beforeEach, expect, it } from 'vitest';
import { exitCodes } from '../../exit-code.ts';
import { type PretendApi, startPretendApi } from '../../testing/pretend-api.ts';

let api: PretendApi;
beforeEach(async () => {
  api = await startPretendApi();
  const user = { id: 'usr_1', email: 'ana@example.com', name: 'Ana' };
  api.replies['GET /v1/projects/vision'] = { body: { id: 'prj_1', slug: 'vision' } };
  api.replies['POST /v1/users'] = { status: 201, body: { ...user, setupUrl: 'http://x/setup/planted' } };
});
afterEach(() => api.close());

const invite = () => api.run(['users', 'invite', 'ana@example.com', '--project', 'vision', '--role', 'viewer']);

it('ends with the link once both the account and the membership stand', async () => {
  api.replies['PUT /v1/projects/prj_1/members/ana%40example.com'] = { body: { role: 'viewer' } };
  expect(await invite()).toMatchObject({ code: exitCodes.done, out: 'http://x/setup/planted\n' });
});

it('says what stands and what to type where only the account was made', async () => {
  const refused = { status: 403, body: { code: 'forbidden', detail: 'Not yours.' } };
  api.replies['PUT /v1/projects/prj_1/members/ana%40example.com'] = refused;
  const { code, out, err } = await invite();
  expect([code, out]).toEqual([exitCodes.denied, '']);
  expect(err).toBe(
    [
      '✕ ana@example.com has an account now, but was not added to vision: Not yours.  (forbidden)',
      '  Add them: sconce members set ana@example.com --project vision --role viewer; then make a link: sconce users link ana@example.com',
      '',
    ].join('\n'),
  );
});
