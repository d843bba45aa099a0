import { ownCluster } from '@sconce/core';
import { findCluster } from '@sconce/db';
import { addCluster, removeCluster, updateCluster } from '@sconce/engine';
import { systemClock } from '@sconce/foundation';
import type { ClusterFactory, ClusterToOpen } from '@sconce/ports';
import { type FakeEngine, fakeEngine, fakeRuntime, waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { quickSettings, type SchedulerWorld, schedulerWorld, type TestService } from './testing/scheduler-world.ts';

let world: SchedulerWorld;
let lab: FakeEngine;
const opened: ClusterToOpen[] = [];
const ended: string[] = [];
/** While it is set, questions to the lab get no answer at all, as behind a network that drops what is sent. */
let silence: PromiseWithResolvers<void> | null = null;

const openCluster: ClusterFactory = (cluster) => {
  opened.push(cluster);
  const runtime = fakeRuntime(lab);
  const observe: typeof runtime.observe = async (service) => {
    await silence?.promise;
    return runtime.observe(service);
  };
  return {
    runtime: { ...runtime, observe },
    stop: async () => {
      ended.push(`${cluster.name} ${cluster.access.token}`);
    },
  };
};

const kubeconfig = (token: string) =>
  JSON.stringify({
    clusters: [{ name: 'a', cluster: { server: 'https://lab.example:6443' } }],
    users: [{ name: 'a', user: { token } }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    'current-context': 'a',
  });

const settings = {
  context: null,
  registry: 'registry.example:5000',
  registryCredentials: { username: 'pusher', password: 'a password' },
  podSecurity: 'restricted',
  gatewayCidrs: ['10.0.0.0/8'],
  account: { namespace: 'sconce-system', name: 'sconce' },
} as const;

async function serviceOn(cluster: string): Promise<TestService> {
  const service = await world.service(quickSettings);
  await world.rows('UPDATE environment SET cluster = $2 WHERE id = $1', [service.environmentId, cluster]);
  return service;
}

const replicasOf = (engine: FakeEngine, { id }: TestService) =>
  [...engine.replicas.values()].filter((replica) => replica.observe().service === id).length;

let here: TestService;
let there: TestService;

beforeAll(async () => {
  world = await schedulerWorld();
  lab = fakeEngine(systemClock);
  world.startScheduler({ openCluster });
  world.gateway();
});
afterAll(async () => {
  silence?.resolve();
  await world.close();
});

it('a cluster that is added is opened without a restart, with the credentials that were sealed, and is seen', async () => {
  await addCluster(world.deps, { name: 'lab', kubeconfig: kubeconfig('one'), ...settings, actor: 'usr_1' });
  expect((await findCluster(world.db.tx, 'lab'))?.awayAt).not.toBeNull();
  await waitUntil('it to be seen', async () => (await findCluster(world.db.tx, 'lab'))?.awayAt === null);
  const { name, access, registryCredentials, account } = opened[0] ?? expect.fail('it was not opened');
  expect([name, access.server, access.token]).toEqual(['lab', 'https://lab.example:6443', 'one']);
  expect([registryCredentials, account]).toEqual([settings.registryCredentials, settings.account]);
});

it('runs each service on the cluster of its environment', async () => {
  [here, there] = [await serviceOn(ownCluster), await serviceOn('lab')];
  for (const service of [here, there]) await world.reaches((await world.deploy(service)).rolloutId, 'complete');
  expect([replicasOf(world.engine, here), replicasOf(lab, here)]).toEqual([1, 0]);
  expect([replicasOf(world.engine, there), replicasOf(lab, there)]).toEqual([0, 1]);
});

it('one that refuses connections is marked away by itself; services of the others are released meanwhile, and its own wait and say why', async () => {
  lab.setAway(true);
  await waitUntil('it to be marked', async () => (await findCluster(world.db.tx, 'lab'))?.awayAt !== null);
  expect((await findCluster(world.db.tx, ownCluster))?.awayAt).toBeNull();
  const waiting = await world.deploy(there);
  await waitUntil(
    'it to say why',
    async () => (await world.rollout(waiting.rolloutId)).reason === 'runtime_unavailable',
  );
  expect((await world.rollout(waiting.rolloutId)).message).toBe('The cluster lab does not answer; what runs goes on.');
  await world.reaches((await world.deploy(here)).rolloutId, 'complete');
  lab.setAway(false);
  await world.reaches(waiting.rolloutId, 'complete');
});

it('forty services on one that says nothing at all hold up nobody', async () => {
  const others = await Promise.all(Array.from({ length: 40 }, () => serviceOn('lab')));
  silence = Promise.withResolvers();
  for (const service of others) await world.deploy(service);
  // One that nobody looked at before: it waits for its turn like all others.
  const fresh = await serviceOn(ownCluster);
  await world.reaches((await world.deploy(fresh)).rolloutId, 'complete');
  expect(others.some((service) => replicasOf(lab, service) > 0)).toBe(false);
  silence.resolve();
  silence = null;
  await waitUntil('all to run', () => others.every((service) => replicasOf(lab, service) === 1));
}, 60_000);

it('new credentials are taken at once, and the connections with the old ones end', async () => {
  const changes = { kubeconfig: kubeconfig('two'), registryCredentials: null };
  await updateCluster(world.deps, { name: 'lab', changes, expectedVersion: 1, actor: null });
  await waitUntil('the new ones', () => opened.at(-1)?.access.token === 'two');
  await waitUntil('the old ones to end', () => ended.includes('lab one'));
  expect(opened.at(-1)?.registryCredentials).toBeNull();
  const kept = await world.rows("SELECT name FROM sealed_value WHERE owner LIKE 'clu_%'");
  expect(kept).toEqual([{ name: 'access' }]);
  await world.reaches((await world.deploy(there)).rolloutId, 'complete');
});

it('is not removed while environments stand on it; removed, its connections end, its credentials are gone and it is seen no more', async () => {
  const removal = { name: 'lab', expectedVersion: null, actor: null };
  await expect(removeCluster(world.deps, removal)).rejects.toThrow(there.name.replace(/\/web$/, ''));
  await world.rows("UPDATE environment SET deleted_at = now() WHERE cluster = 'lab'");
  await removeCluster(world.deps, removal);
  await waitUntil('its connections to end', () => ended.includes('lab two'));
  expect(await findCluster(world.db.tx, 'lab')).toBeNull();
  expect(await world.rows("SELECT 1 FROM sealed_value WHERE owner LIKE 'clu_%'")).toEqual([]);
  await world.reaches((await world.deploy(here)).rolloutId, 'complete');
  expect(await findCluster(world.db.tx, 'lab')).toBeNull();
});

it('credentials that do not open leave that cluster away, and the others as they are', async () => {
  const before = opened.length;
  await world.rows(
    "CREATE RULE spoil AS ON INSERT TO sealed_value DO ALSO UPDATE sealed_value SET bytes = '\\x01' WHERE id = NEW.id",
  );
  await addCluster(world.deps, { name: 'lab', kubeconfig: kubeconfig('three'), ...settings, actor: null });
  await world.rows('DROP RULE spoil ON sealed_value');
  await world.reaches((await world.deploy(here)).rolloutId, 'complete');
  const service = await serviceOn('lab');
  const { rolloutId } = await world.deploy(service);
  await waitUntil('it to say why', async () => (await world.rollout(rolloutId)).reason === 'runtime_unavailable');
  expect(opened.length).toBe(before);
  expect((await findCluster(world.db.tx, 'lab'))?.awayAt).not.toBeNull();
});
