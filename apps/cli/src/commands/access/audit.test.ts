import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exitCodes, Interrupted } from '../../exit-code.ts';
import { list, type PretendApi, startPretendApi } from '../../testing/pretend-api.ts';

let api: PretendApi;
let interrupted: AbortController;
beforeEach(async () => {
  api = await startPretendApi();
  interrupted = new AbortController();
  api.replies['GET /v1/projects/vision'] = { body: { id: 'prj_1', slug: 'vision' } };
});
afterEach(() => api.close());

const row = (number: number, changes: object = {}) => ({
  id: `evt_${number}`,
  cursor: `7.${number}`,
  at: '2026-01-01T10:00:00.000Z',
  action: 'createRollback',
  target: 'svc_1',
  status: 202,
  code: null,
  user: 'usr_1',
  userName: 'Ana',
  token: 'tok_1',
  tokenName: 'laptop',
  project: 'prj_1',
  address: '10.0.0.1',
  requestId: `req_${number}`,
  ...changes,
});
const told = (number: number, changes: object = {}) => {
  const data = row(number, changes);
  return `id: ${data.cursor}\ndata: ${JSON.stringify({ type: 'audit.recorded', cursor: data.cursor, data })}\n\n`;
};

/** One connection after the other: what each tells before it is cut; the last stays open. Answers where each began. */
function streams(...texts: readonly string[]): (string | null)[] {
  const begun: (string | null)[] = [];
  api.replies['GET /v1/events'] = (request, response: ServerResponse) => {
    const { searchParams } = new URL(request.url ?? '', 'http://x');
    const last = request.headers['last-event-id'];
    begun.push(typeof last === 'string' ? last : searchParams.get('after'));
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(texts[begun.length - 1] ?? ': open\n\n');
    if (begun.length < texts.length) response.end();
  };
  return begun;
}

/** Follows until `enough` was written, then presses Ctrl-C. */
const follow = (enough: string, ...args: readonly string[]) =>
  api.run(['audit', '--follow', ...args], {
    signal: interrupted.signal,
    onWrite: ({ out }) => {
      if (out.includes(enough)) interrupted.abort(new Interrupted('Stopped watching.'));
    },
  });

describe('sconce audit --follow', () => {
  it('goes on after the last rows, over a cut without a gap, and ends with where to go on', async () => {
    api.replies['GET /v1/audit-events'] = list(row(2), row(1, { status: 403, code: 'forbidden', userName: null }));
    const begun = streams(told(3, { target: 'svc_3' }), told(4, { target: 'svc_4', tokenName: null }));
    const { code, out, err } = await follow('svc_4');
    expect(out.replace(/^.*?\d\d:\d\d {2}/gm, '')).toBe(
      [
        'createRollback  svc_1  403 forbidden by usr_1 with laptop from 10.0.0.1',
        'createRollback  svc_1  202 by Ana with laptop from 10.0.0.1',
        'createRollback  svc_3  202 by Ana with laptop from 10.0.0.1',
        'createRollback  svc_4  202 by Ana from 10.0.0.1',
        '',
      ].join('\n'),
    );
    expect(begun).toEqual(['7.2', '7.3']);
    expect([code, err]).toEqual([
      exitCodes.interrupted,
      'The stream was cut; going on after what was seen last.\nStopped. Go on from there: --after 7.4\n',
    ]);
    expect(api.asked.at(-1)?.url).toContain('type=audit&audited=true');
  });

  it('tells what was asked for alone, an object on each line for scripts', async () => {
    api.replies['GET /v1/audit-events'] = list();
    const other = [{ project: 'prj_2' }, { action: 'updateProject' }, { user: 'usr_2' }];
    streams([...other.map((changes, index) => told(index, changes)), told(9)].join(''));
    const filter = ['--project', 'vision', '--action', 'createRollback', '--user', 'usr_1'];
    const { out } = await follow('evt_9', '--json', ...filter);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([row(9)]);
    expect(api.asked.map(({ url }) => url)).toContain(
      '/v1/audit-events?limit=20&project=vision&action=createRollback&user=usr_1',
    );
  });

  it('makes no remarks on the way where only the answer is wanted', async () => {
    api.replies['GET /v1/audit-events'] = list();
    streams(told(1), told(2, { target: 'svc_2' }));
    const { out, err } = await follow('svc_2', '--quiet');
    expect([out.split('\n').length, err]).toEqual([3, 'Stopped. Go on from there: --after 7.2\n']);
  });

  it('begins where it is told to, and says who may not look before it waits for what will not come', async () => {
    const refused = { code: 'forbidden', detail: 'The whole audit log is for administrators of the installation' };
    api.replies['GET /v1/audit-events'] = { status: 403, body: refused };
    const denied = await api.run(['audit', '--follow', '--after', '7.1']);
    expect([denied.code, denied.err]).toEqual([exitCodes.denied, expect.stringContaining(refused.detail)]);
    api.replies['GET /v1/audit-events'] = list(row(1));
    const begun = streams(told(2, { target: 'svc_2' }));
    expect((await follow('svc_2', '--after', '7.1')).out).not.toContain('svc_1');
    expect(begun).toEqual(['7.1']);
  });
});

describe('sconce audit', () => {
  it('names people and tokens, and takes no beginning that only a stream has', async () => {
    api.replies['GET /v1/audit-events'] = list(row(1), row(2, { user: null, userName: null, tokenName: 'ci' }));
    expect((await api.run(['audit'])).out).toMatch(/Ana with laptop +10\.0\.0\.1\n.* ci +10\.0\.0\.1\n$/);
    for (const command of ['audit', 'events'])
      expect(await api.run([command, '--after', '7.1'])).toMatchObject({
        code: exitCodes.usage,
        err: expect.stringContaining('--follow'),
      });
  });
});
