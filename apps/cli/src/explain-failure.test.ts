import { ApiProblem, ApiUnreachable } from '@sconce/contract';
import { describe, expect, it } from 'vitest';
import { exitCodes } from './exit-code.ts';
import { explainFailure, printFailure } from './explain-failure.ts';
import { createTerminal } from './terminal/terminal.ts';

const problem = (status: number, body: object) => explainFailure(new ApiProblem(status, body, null));
const away = (url: string, code: string) => {
  const cause = new TypeError('fetch failed', { cause: Object.assign(new Error(), { code }) });
  return explainFailure(new ApiUnreachable(`${url} did not answer GET /v1/me`, { cause }));
};

describe('explainFailure', () => {
  it.each([
    ['service', 'sconce status'],
    ['branch rule', 'sconce branch-rules'],
    ['build', 'sconce builds'],
  ])('says where to see what there is, for no such %s', (noun, command) => {
    const detail = `There is no such ${noun}, or it is not yours to see`;
    expect(problem(404, { code: 'not_found', detail })).toMatchObject({
      exitCode: exitCodes.notFound,
      hint: `See them: ${command}`,
    });
  });

  it('keeps the next step that the API knows, and knows none where nothing is listed', () => {
    expect(problem(404, { detail: 'There is no such service', hint: 'Ask Ana.' }).hint).toBe('Ask Ana.');
    expect(problem(404, { detail: 'There is no such thing' }).hint).toBeNull();
    expect(problem(409, { detail: 'There is no such service' }).hint).toBeNull();
  });

  it('speaks of a token as a command does, not as a request', () => {
    const refused = problem(401, { code: 'unauthenticated', detail: 'This token was revoked', hint: 'Send a header.' });
    expect(refused).toMatchObject({ exitCode: exitCodes.denied, message: 'This token was revoked' });
    expect(refused.hint).toMatch(/sconce login.*SCONCE_TOKEN/);
  });

  it.each([
    ['ECONNREFUSED', 'nothing listens there'],
    ['ENOTFOUND', 'there is no host of that name'],
    ['UND_ERR_CONNECT_TIMEOUT', 'it took too long'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is not trusted here'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'it does not speak https there'],
  ])('says why nobody answered: %s', (code, words) => {
    expect(away('https://sconce.example.com', code)).toMatchObject({
      exitCode: exitCodes.unreachable,
      message: `https://sconce.example.com did not answer GET /v1/me: ${words}`,
      hint: expect.stringContaining('--api-url'),
    });
  });

  it('offers to start what runs on this machine, and nothing else', () => {
    for (const url of ['http://127.0.0.1:7400', 'http://localhost:7400/x', 'http://[::1]:7400'])
      expect(away(url, 'ECONNREFUSED').hint).toContain('sconce up');
    expect(away('http://localhost.example.com', 'ECONNREFUSED').hint).not.toContain('sconce up');
    expect(away('http://10.0.0.1', 'EWHATEVER').message).toBe('http://10.0.0.1 did not answer GET /v1/me');
  });
});

describe('printFailure', () => {
  const printed = (errors: readonly object[], json = false) => {
    let said = '';
    const into = {
      write: (text: string) => {
        said += text;
      },
    };
    const failure = problem(400, { code: 'invalid', detail: 'port: At most 65535', errors });
    printFailure(createTerminal(into, into, {}), failure, json);
    return said;
  };
  const one = { path: 'port', code: 'too_big', message: 'At most 65535' };
  const other = { path: 'name', code: 'missing', message: 'It is missing' };

  it('says every mistake once, and all of them to scripts', () => {
    expect(printed([one])).toBe('✕ port: At most 65535  (invalid)\n');
    expect(printed([one, other])).toBe('✕ port: At most 65535  (invalid)\n    name: It is missing\n');
    expect(JSON.parse(printed([one], true))).toMatchObject({ error: { errors: [one] } });
  });
});
