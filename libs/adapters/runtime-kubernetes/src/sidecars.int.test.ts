import { homeLabel, type PodFacts, selector } from '@sconce/kubernetes-api';
import type { ReplicaTarget } from '@sconce/ports';
import { aReplicaTarget } from '@sconce/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { label, namespaceName } from './names.ts';
import { mainStatus } from './observing/to-observed-replica.ts';
import { type KubernetesUnderTest, makeKubernetesUnderTest } from './testing/kubernetes-under-test.ts';

let subject: KubernetesUnderTest;
const targets: ReplicaTarget[] = [];

beforeAll(async () => {
  subject = await makeKubernetesUnderTest();
});
afterEach(async () => {
  for (const { service } of targets.splice(0)) await subject.runtime.removeEnvironment(service.environment, true);
});
afterAll(() => subject?.close());

const podOf = async ({ service }: ReplicaTarget) => {
  const labels = selector({ [label.home]: homeLabel(subject.home), [label.service]: service.service });
  const [pod] = await subject.objects.list<PodFacts>('Pod', namespaceName(service.environment), labels);
  return pod;
};

describe('sidecars', () => {
  it('run before the main process, which reaches them on localhost, and share its variables where told to', async () => {
    const cache = subject.beside('cache', { kind: 'serves' });
    // It ends unless the variable is the service's, so the replica is ready only with it.
    const check = {
      ...subject.beside('check', { kind: 'never_ready' }),
      sharesVariables: true,
      command: ['sh', '-c', 'test "$TOKEN" = "a\\$b" && exec sleep 100000'],
    };
    const served = subject.behave(
      aReplicaTarget({ environmentVariables: { TOKEN: 'a$b' }, sidecars: [cache, check] }),
      { kind: 'serves' },
    );
    const script = served.command?.[2] ?? '';
    const wait = 'until wget -qO- http://127.0.0.1:9000/ | grep -q ok; do sleep 0.1; done';
    const target = { ...served, command: ['sh', '-c', `${wait}\n${script}`] };
    targets.push(target);
    await subject.runtime.apply(target);
    await subject.waitUntil('it to be ready', async () => {
      const [replica] = await subject.runtime.observe(target.service);
      return replica?.health === 'ready';
    });
    const pod = await podOf(target);
    const starts = [...(pod?.status?.initContainerStatuses ?? []), pod ? mainStatus(pod) : null];
    const times = starts.map((status) => status?.state?.running?.startedAt ?? '');
    expect(times).toHaveLength(3);
    expect([...times].sort()).toEqual(times);
  });
});
