import { systemClock } from '@sconce/foundation';
import {
  channelProtocol,
  createKubernetesApi,
  createObjects,
  type Kind,
  type KubernetesApi,
  type ObjectFacts,
  type Objects,
} from '@sconce/kubernetes-api';
import type { ReplicaTarget } from '@sconce/ports';
import { aReplicaTarget } from '@sconce/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKubernetesRuntime, type KubernetesRuntime } from './create-kubernetes-runtime.ts';
import { accountOf, environmentRole, makeAccess, makeEnvironmentBinding } from './manifests/make-access.ts';
import { namespaceName } from './names.ts';
import { type KubernetesUnderTest, makeKubernetesUnderTest } from './testing/kubernetes-under-test.ts';

let subject: KubernetesUnderTest;
let runtime: KubernetesRuntime;
let api: KubernetesApi;
/** As the account sees the cluster. */
let objects: Objects;
const access = { namespace: 'sconce-system', mayReadUsage: true, mayExec: true };
const account = accountOf(access);

beforeAll(async () => {
  subject = await makeKubernetesUnderTest();
  for (const manifest of makeAccess({ ...access, home: subject.home })) await subject.objects.apply(manifest);
  const kubeConfig = subject.withToken(await subject.tokenOf(account));
  runtime = createKubernetesRuntime({ kubeConfig, cluster: 'test', home: subject.home, clock: systemClock, account });
  api = createKubernetesApi(kubeConfig, systemClock);
  objects = createObjects(api);
  // An admission policy holds from a moment after it was made.
  await subject.waitUntil('the policy to hold', async () => {
    const refused = await objects.apply(aNamespace('other-than-ours')).catch((error: unknown) => error);
    return /begin with sconce-/.test(String(refused));
  });
});
afterAll(async () => {
  await runtime?.stop();
  await api?.close();
  const made = makeAccess({ ...access, home: subject.home }).toReversed();
  for (const { kind, metadata } of made)
    await subject.objects.remove(kind as Kind, metadata.namespace ?? null, metadata.name);
  await subject.objects.remove('Namespace', null, 'other-than-ours');
  // Whoever comes next may want a namespace of that name.
  await subject.waitUntil(
    'it to be gone',
    async () => (await subject.objects.get('Namespace', null, access.namespace)) === null,
  );
  await subject.close();
});

const aNamespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
const aTarget = (): ReplicaTarget =>
  subject.behave(aReplicaTarget({ environmentVariables: { A: 'b' } }), { kind: 'serves', prints: ['hello'] });

describe('the least rights', () => {
  it('are enough for the whole life of a service', async () => {
    const target = aTarget();
    await runtime.apply(target);
    const replica = await subject.waitUntil('it to be ready', async () => {
      const [seen] = await runtime.observe(target.service);
      return seen?.health === 'ready' && seen;
    });
    for await (const { text } of runtime.logs(replica, null, new AbortController().signal)) {
      expect(text).toBe('hello');
      break;
    }
    const running = await runtime.exec({ replica, sidecar: null, command: ['echo', 'hi'], terminal: null });
    for await (const { bytes } of running.output) expect(Buffer.from(bytes).toString()).toBe('hi\n');
    expect(await running.exitCode()).toBe(0);
    expect(await runtime.capacity()).toMatchObject([{ nodes: expect.any(Number) }]);
    await subject.waitUntil('it to be measured', async () =>
      (await runtime.usage()).replicas.some(({ id }) => id === replica.id),
    );
    expect(await runtime.services()).toEqual([target.service.service]);
    await runtime.apply({ ...target, replicas: 2, generation: 2 });
    await runtime.apply({ ...target, replicas: 1, generation: 3 });
    await runtime.retire({ service: target.service, release: target.release });
    await runtime.removeService(target.service.service);
    await runtime.removeEnvironment(target.service.environment, true);
    expect(await runtime.environments()).toEqual([]);
  });

  it('end at the namespaces of environments', async () => {
    const target = aTarget();
    await runtime.apply(target);
    const own = namespaceName(target.service.environment);
    const forbidden = async (work: Promise<unknown>) => {
      const error: unknown = await work.then(
        () => 'it was allowed',
        (reason: unknown) => reason,
      );
      expect(error).toMatchObject({ statusCode: expect.toSatisfy((code: number) => code === 403 || code === 422) });
    };
    await forbidden(objects.list<ObjectFacts>('Secret', 'kube-system', ''));
    await forbidden(objects.list<ObjectFacts>('Secret', null, ''));
    await forbidden(
      objects.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x', namespace: 'default' } }),
    );
    await forbidden(objects.apply(aNamespace('default')));
    await forbidden(objects.remove('Namespace', null, 'kube-system'));
    await forbidden(objects.remove('Namespace', null, access.namespace));
    await forbidden(objects.apply(makeEnvironmentBinding('kube-system', account, subject.home)));
    await forbidden(objects.apply(makeEnvironmentBinding(access.namespace, account, subject.home)));
    const administrator = {
      ...makeEnvironmentBinding(own, account, subject.home),
      metadata: { name: 'administrator', namespace: own },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    };
    await forbidden(objects.apply(administrator));
    await forbidden(
      objects.apply({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: environmentRole },
        rules: [],
      }),
    );
    await forbidden(objects.list<ObjectFacts>('ServiceAccount', own, ''));
    const elsewhere = '/api/v1/namespaces/kube-system/pods/any/exec';
    await forbidden(api.socket('running a command', elsewhere, '?command=id&stdout=true', channelProtocol));
    await runtime.removeEnvironment(target.service.environment, true);
  });

  it('run no command where the account was given no right to, and say so', async () => {
    const target = aTarget();
    await runtime.apply(target);
    const replica = await subject.waitUntil('it to be ready', async () => {
      const [seen] = await runtime.observe(target.service);
      return seen?.health === 'ready' && seen;
    });
    const apply = async (mayExec: boolean) => {
      for (const manifest of makeAccess({ ...access, home: subject.home, mayExec }))
        await subject.objects.apply(manifest);
    };
    await apply(false);
    try {
      // What a role holds is known to the API server a moment after it changed.
      const refused = await subject.waitUntil('the right to be gone', async () => {
        const begun = runtime.exec({ replica, sidecar: null, command: ['true'], terminal: null });
        return begun.then(
          (running) => running.stop().then(() => false as const),
          (error: unknown) => error as Error,
        );
      });
      expect(refused).toMatchObject({ code: 'not_allowed', message: expect.stringContaining('--renew') });
    } finally {
      await apply(true);
    }
    await runtime.removeEnvironment(target.service.environment, true);
  });
});
