import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { forgetEarlyAnswers, takeEarlyAnswer } from './early-answers.ts';

const url = 'http://here.test/v1/me';
const came = { response: new Response('{}'), atMs: 5 };

beforeEach(() => {
  const lost = Promise.reject(new TypeError('network'));
  lost.catch(() => {});
  vi.stubGlobal('location', { origin: 'http://here.test' });
  globalThis.sconceEarly = new Map([
    ['/v1/me', Promise.resolve(came)],
    ['/v1/events?limit=1', lost],
  ]);
});
afterEach(() => {
  vi.unstubAllGlobals();
  globalThis.sconceEarly = undefined;
});

it('gives what was asked ahead once, by its path and query', async () => {
  expect(await takeEarlyAnswer('http://here.test/v1/me?x=1', {})).toBeNull();
  expect(await takeEarlyAnswer('http://there.test/v1/me', {})).toBeNull();
  expect(await takeEarlyAnswer(url, { method: 'PATCH' })).toBeNull();
  expect(await takeEarlyAnswer(url, { method: 'GET' })).toBe(came);
  expect(await takeEarlyAnswer(url, {})).toBeNull();
});

it('lets be asked anew what did not come', async () => {
  expect(await takeEarlyAnswer('http://here.test/v1/events?limit=1', {})).toBeNull();
});

it('gives nothing of before once the pages follow what happens', async () => {
  forgetEarlyAnswers();
  expect(await takeEarlyAnswer(url, {})).toBeNull();
});
