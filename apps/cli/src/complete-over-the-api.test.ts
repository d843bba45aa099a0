import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { endpoints } from '@sconce/contract';
import { describe, expect, it } from 'vitest';

const keptForms = 'what the playground keeps of a form; from a terminal requests are files, and curl sends them';

/** Endpoints that no command needs, and why. */
const left: Readonly<Record<string, string>> = {
  createSession: 'for browsers',
  deleteSession: 'for browsers',
  getSignInWays: 'for the page that signs in',
  createSignInChallenge: 'for browsers: a passkey answers it',
  updateMe: 'takes a session that did not begin with a token',
  getSignInSettings: 'for the page of the account, which may change them',
  updateSignInSettings: 'takes a session that did not begin with a token',
  putPassword: 'takes a session that did not begin with a token',
  deletePassword: 'takes a session that did not begin with a token',
  createPasskeyRegistration: 'takes a session, and a browser that keeps the passkey',
  listPasskeys: 'for the page of the account, which may change them',
  createPasskey: 'takes a session, and a browser that keeps the passkey',
  getPasskey: 'for the page of the account, which may change them',
  updatePasskey: 'takes a session that did not begin with a token',
  deletePasskey: 'takes a session that did not begin with a token',
  createCall: 'for pages, which cannot reach the gateway themselves: `curl "$(sconce open --live --no-browser)"`',
  openSocket:
    'for pages, which cannot reach the gateway themselves: `websocat` at the address of `sconce open --live --no-browser`',
  openExec: 'the WebSocket of what `exec` creates',
  listCallExamples: keptForms,
  getCallExample: keptForms,
  putCallExample: keptForms,
  deleteCallExample: keptForms,
  getRepositoryPlan: '`init` looks at the working tree, where the files are',
  listExamples: '`up` deploys one; their files stand in the checkout',
  createCommit: 'a repository’s first commit from a page; here there is git',
  putProject: '`projects create` and `set` do it',
  putEnvironment: '`environments create` and `set` do it',
  putService: '`services create` and `set` do it',
  replaceServiceVariables: '`variables import --replace` changes only what differs, after asking',
  replaceEnvironmentVariables: '`variables import --replace` changes only what differs, after asking',
  deleteServiceVariable: '`variables unset` takes several as one change',
  deleteEnvironmentVariable: '`variables unset` takes several as one change',
  listServices: '`services --environment` lists them with listAllServices',
  getCluster: '`pools` shows them all',
  getSecretGroup: '`secrets --group` shows it',
  getSecret: '`secrets` lists all that may be told of it',
};

/** Parameters that all lists and writes have, and those that no command needs, and why. */
const everywhere: readonly string[] = ['cursor', 'limit', 'order', 'dryRun', 'wait'];
const leftParameters: Readonly<Record<string, string>> = {
  slug: 'the API resolves names by itself',
  measured: 'for graphs that move; `metrics` reads the same figures',
};

describe('the command line', () => {
  const files = globSync('**/*.ts', { cwd: import.meta.dirname })
    .filter((path) => !path.endsWith('.test.ts') && !path.startsWith('testing'))
    .map((path) => readFileSync(join(import.meta.dirname, path), 'utf8'));
  const source = files.join('\n');
  const callOf = (name: string) => new RegExp(`[.]${name}\\(`);
  const calls = (name: string) => callOf(name).test(source);
  const parameters = Object.entries(endpoints)
    .filter(([name]) => calls(name))
    .flatMap(([name, { query }]) => Object.keys(query.shape).map((parameter) => [name, parameter] as const))
    .filter(([, parameter]) => !everywhere.includes(parameter) && !(parameter in leftParameters));
  /** Made in a file of its own, and spread into what is asked. */
  const stretch = files.filter((text) => text.includes('export function stretchOf('));

  it.each(parameters)('can ask %s with %s', (name, parameter) => {
    const callers = files.filter((text) => callOf(name).test(text));
    const asked = [...callers, ...(callers.some((text) => text.includes('stretchOf(')) ? stretch : [])];
    expect(asked.some((text) => new RegExp(`\\b${parameter}\\b`).test(text))).toBe(true);
  });

  it.each(Object.keys(endpoints).filter((name) => !(name in left)))('has a command that calls %s', (name) => {
    expect(calls(name), `no command calls ${name}: add one, or say in this test why none is needed`).toBe(true);
  });

  it('gives a reason for no endpoint that is called, or that there is not', () => {
    expect(Object.keys(left).filter((name) => calls(name) || !(name in endpoints))).toEqual([]);
  });
});
