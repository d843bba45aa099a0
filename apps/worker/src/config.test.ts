import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigInvalid } from '@sconce/foundation';
import { afterAll, expect, it } from 'vitest';
import { loadConfig } from './config.ts';

const home = mkdtempSync(join(tmpdir(), 'sconce-config-'));
afterAll(() => rmSync(home, { recursive: true }));
const least = { DATABASE_URL: 'postgresql://x', REDIS_URL: 'redis://x', SCONCE_HOME: home };

it('takes defaults that follow from the home and the machine', () => {
  const config = loadConfig(least);
  expect(config).toMatchObject({
    gitDirectory: `${home}/data/git`,
    workDirectory: `${home}/run/builds`,
    github: null,
    dockerHost: null,
  });
  expect(config.keys).toEqual({ file: `${home}/keys.json` });
  expect(config.buildsAtOnce).toBeGreaterThanOrEqual(2);
  expect(config.limits.memoryMiB).toBeGreaterThan(64);
  expect(loadConfig({ ...least, SCONCE_HOME: '/other' }).installation).not.toBe(config.installation);
  expect(loadConfig(least).installation).toBe(config.installation);
});

it('names all that is missing or wrong, and no value', () => {
  const wrong = { REDIS_URL: '', SCONCE_BUILDS_AT_ONCE: 'secret-words' };
  expect(() => loadConfig(wrong)).toThrow(ConfigInvalid);
  expect(() => loadConfig(wrong)).toThrow(/DATABASE_URL[\s\S]*REDIS_URL[\s\S]*SCONCE_BUILDS_AT_ONCE/);
  expect(() => loadConfig(wrong)).not.toThrow(/secret-words/);
});

it('knows GitHub by an App or by a token', () => {
  writeFileSync(join(home, 'app.pem'), 'KEY');
  const app = { SCONCE_GITHUB_APP_ID: '7', SCONCE_GITHUB_PRIVATE_KEY_FILE: join(home, 'app.pem') };
  expect(loadConfig({ ...least, ...app }).github?.auth).toEqual({ kind: 'app', appId: '7', privateKey: 'KEY' });
  expect(loadConfig({ ...least, SCONCE_GITHUB_TOKEN: 't' }).github?.auth).toEqual({ kind: 'token', token: 't' });
  expect(() => loadConfig({ ...least, SCONCE_GITHUB_APP_ID: '7' })).toThrow('go together');
  expect(() => loadConfig({ ...least, ...app, SCONCE_GITHUB_PRIVATE_KEY_FILE: '/no/such' })).toThrow(
    '/no/such cannot be read',
  );
});

it('builds in the engine, or on a cluster that it is told of', () => {
  expect(loadConfig(least).clusterBuilds).toBeNull();
  const there = {
    ...least,
    SCONCE_BUILDER: 'kubernetes',
    SCONCE_KUBECONFIG: 'in-cluster',
    SCONCE_REGISTRY: 'r.test/a',
  };
  expect(loadConfig(there)).toMatchObject({ limits: { memoryMiB: 4_096 } });
  expect(loadConfig(there).clusterBuilds).toMatchObject({
    registry: 'r.test/a',
    registryForPods: 'r.test/a',
    namespace: 'sconce-builds',
    nodeSelector: {},
    tolerations: [],
  });
  const more = {
    ...there,
    SCONCE_BUILD_REGISTRY: 'http://10.0.0.9:5000',
    SCONCE_BUILD_NODE_SELECTOR: 'pool=builds, kubernetes.io/arch=arm64',
    SCONCE_BUILD_TOLERATIONS: 'builds-only,pool=builds',
  };
  expect(loadConfig(more).clusterBuilds).toMatchObject({
    registryForPods: 'http://10.0.0.9:5000',
    nodeSelector: { pool: 'builds', 'kubernetes.io/arch': 'arm64' },
    tolerations: [
      { key: 'builds-only', operator: 'Exists' },
      { key: 'pool', operator: 'Equal', value: 'builds' },
    ],
  });
});

it.each([
  [{ SCONCE_KUBECONFIG: undefined }, 'SCONCE_KUBECONFIG'],
  [{ SCONCE_REGISTRY: undefined }, 'SCONCE_REGISTRY'],
  [{ SCONCE_REGISTRY_USERNAME: 'ada' }, 'set both, or neither'],
  [{ SCONCE_BUILD_NODE_SELECTOR: 'pool' }, 'needs a value for each label'],
  [{ SCONCE_BUILD_TOLERATIONS: 'a b' }, 'SCONCE_BUILD_TOLERATIONS'],
  [{ SCONCE_BUILD_EGRESS_CIDRS: 'everywhere' }, 'CIDR'],
  [{ SCONCE_BUILDKIT_CONFIG_FILE: '/no/such' }, '/no/such cannot be read'],
])('says what is missing or wrong of builds on a cluster: %j', (wrong, words) => {
  const there = { SCONCE_BUILDER: 'kubernetes', SCONCE_KUBECONFIG: 'in-cluster', SCONCE_REGISTRY: 'r.test' };
  expect(() => loadConfig({ ...least, ...there, ...wrong })).toThrow(words);
});
