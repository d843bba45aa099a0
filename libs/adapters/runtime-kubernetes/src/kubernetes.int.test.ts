import type { NodeFacts, ObjectFacts, PodFacts } from '@sconce/kubernetes-api';
import { ReplicasRefused, type ReplicaTarget } from '@sconce/ports';
import { aReplicaTarget, nextRelease, pushBusyboxImage } from '@sconce/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deploymentName, namespaceName } from './names.ts';
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

function aTarget(change: Partial<ReplicaTarget> = {}): ReplicaTarget {
  const target = subject.behave(aReplicaTarget(change), { kind: 'serves' });
  targets.push(target);
  return target;
}
const observe = async (target: ReplicaTarget) =>
  (await subject.runtime.observe(target.service)).filter(({ release }) => release === target.release);
const untilReady = (target: ReplicaTarget) =>
  subject.waitUntil('it to be ready', async () => {
    const replicas = await observe(target);
    return replicas.length === target.replicas && replicas.every(({ health }) => health === 'ready') && replicas;
  });
const untilReason = (target: ReplicaTarget, reason: string) =>
  subject.waitUntil(`it to say ${reason}`, async () =>
    (await observe(target)).find((replica) => replica.reason === reason),
  );
const namespaceOf = ({ service }: ReplicaTarget) => namespaceName(service.environment);
const deploymentOf = (target: ReplicaTarget) => deploymentName(target.service, target.releaseNumber, target.release);

describe('what was changed by hand', () => {
  it('is put back: replicas, image, a policy that was removed', async () => {
    const target = aTarget();
    await subject.runtime.apply(target);
    await untilReady(target);
    const namespace = namespaceOf(target);
    await subject.objects.merge('Deployment', namespace, deploymentOf(target), { spec: { replicas: 0 } });
    await subject.waitUntil('it to be gone', async () => (await observe(target)).length === 0);
    await subject.objects.remove('NetworkPolicy', namespace, 'deny-all');
    await subject.again().apply(target);
    await untilReady(target);
    expect(await subject.objects.get('NetworkPolicy', namespace, 'deny-all')).not.toBeNull();
    const [container] = (await containersOf(target)) ?? [];
    expect(container?.image).toBe(`${subject.image.repository}@${subject.image.digest}`);
  });

  const containersOf = async (target: ReplicaTarget) =>
    (
      await subject.objects.get<ObjectFacts & { spec: { template: { spec: { containers: { image: string }[] } } } }>(
        'Deployment',
        namespaceOf(target),
        deploymentOf(target),
      )
    )?.spec.template.spec.containers;
});

describe('why a replica does not start', () => {
  it('is said where its image is not there', async () => {
    const target = { ...aTarget(), image: { ...subject.image, digest: `sha256:${'0'.repeat(64)}` } };
    await subject.runtime.apply(target);
    expect(await untilReason(target, 'image_pull_failed')).toMatchObject({
      health: 'starting',
      message: expect.stringContaining('cannot be pulled'),
    });
  });

  it('is said where its image runs as root', async () => {
    const image = await pushBusyboxImage(`${subject.image.repository}-root`, []);
    const target = { ...aTarget(), image };
    await subject.runtime.apply(target);
    expect(await untilReason(target, 'start_failed')).toMatchObject({
      message: expect.stringContaining('`USER 1000`'),
    });
  });

  it('is said where its command is not there', async () => {
    const target = { ...aTarget(), command: ['no-such-command'] };
    await subject.runtime.apply(target);
    expect(await untilReason(target, 'start_failed')).toMatchObject({
      message: expect.stringContaining('no-such-command'),
    });
  });

  it('is said where a node is on its way to it, and where none comes, as the autoscaler says', async () => {
    const target = aTarget({ resources: { cpuMilli: null, memoryMiB: 8_000_000, gpu: null } });
    await subject.runtime.apply(target);
    const waiting = await untilReason(target, 'memory_insufficient');
    expect(waiting).toMatchObject({ placedAt: null, isNodeComing: false });
    const pods = await subject.objects.list<PodFacts>('Pod', namespaceOf(target), '');
    const say = (reason: string, message: string, name: string) => subject.recordEvent(pods[0], name, reason, message);
    await say('TriggeredScaleUp', 'pod triggered scale-up: [{large 0->1 (max: 3)}]', 'a');
    expect(await untilReason(target, 'waiting_for_node')).toMatchObject({
      isNodeComing: true,
      message: expect.stringContaining('large 0->1'),
    });
    await say('NotTriggerScaleUp', "pod didn't trigger scale-up: 1 max node group size reached", 'b');
    expect(await untilReason(target, 'memory_insufficient')).toMatchObject({
      isNodeComing: false,
      message: expect.stringMatching(/no node has so much memory free.*max node group size reached/s),
    });
  });

  it('is refused where the quota of its environment is full', async () => {
    const first = aTarget();
    await subject.runtime.apply(first);
    await untilReady(first);
    await subject.objects.merge('ResourceQuota', namespaceOf(first), 'sconce', { spec: { hard: { pods: '1' } } });
    const second = nextRelease(first);
    await expect(subject.runtime.apply(second)).rejects.toThrow(ReplicasRefused);
    await expect(subject.runtime.apply(second)).rejects.toThrow(/exceeded quota/);
    expect(await untilReady(first)).toHaveLength(1);
  });
});

describe('a cluster with one GPU', () => {
  const resource = 'nvidia.com/gpu';
  let node = '';

  /** As its device plugin would say it. */
  const setGpus = async (count: number | null) => {
    const [first] = await subject.objects.list<NodeFacts>('Node', null, '');
    node = first?.metadata.name ?? '';
    const amount = count === null ? null : String(count);
    await subject.mergeNodeStatus(node, { capacity: { [resource]: amount }, allocatable: { [resource]: amount } });
  };
  afterAll(() => setGpus(null));

  it('starts the next release only when the one before has given it back, and says so', async () => {
    await setGpus(1);
    const gpu = { product: null, count: 1, memoryMiB: null };
    const first = aTarget({ resources: { cpuMilli: null, memoryMiB: null, gpu } });
    const asked = { gpu, memoryMiB: null, replicas: 1 };
    await subject.waitUntil('the GPU to be there', async () => (await subject.runtime.check(asked)) === null);
    await subject.runtime.apply(first);
    expect(await untilReady(first)).toMatchObject([{ gpus: [`${resource}-0`] }]);
    const [pool] = await subject.runtime.capacity();
    expect(pool?.gpus).toEqual([{ product: 'NVIDIA GPU', memoryMiB: null, total: 1, free: 0 }]);
    expect(await subject.runtime.check(asked)).toMatchObject({ reason: 'gpu_insufficient' });
    expect(await subject.runtime.check({ ...asked, service: first.service.service })).toBeNull();

    const second = nextRelease(first);
    await subject.runtime.apply(second);
    expect(await untilReason(second, 'waiting_for_gpu')).toMatchObject({ health: 'starting', address: null });
    expect(await untilReady(first)).toHaveLength(1);
    await subject.runtime.retire({ service: first.service, release: first.release });
    await untilReady(second);
  });
});

describe('a node that is lost', () => {
  const name = `lost-${process.pid}`;
  const resource = 'nvidia.com/gpu';
  const ready = (status: 'True' | 'Unknown') => ({ conditions: [{ type: 'Ready', status, reason: 'Test' }] });
  afterAll(() => subject.objects.remove('Node', null, name));

  it('keeps neither its replicas, nor whoever waits for them to go', async () => {
    // Nobody is behind it: what is placed there is never started, and never ended.
    const amount = { [resource]: '1', cpu: '4', memory: '8Gi', pods: '10' };
    await subject.objects.create({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels: {} } });
    await subject.mergeNodeStatus(name, { capacity: amount, allocatable: amount, ...ready('True') });
    const target = aTarget({
      stopTimeoutMs: 1_000,
      resources: { cpuMilli: null, memoryMiB: null, gpu: { product: null, count: 1, memoryMiB: null } },
    });
    await subject.runtime.apply(target);
    await subject.waitUntil('it to be placed there', async () => (await observe(target))[0]?.node === name);
    const retired = subject.runtime.retire({ service: target.service, release: target.release });
    await subject.waitUntil('it to leave', async () => (await observe(target))[0]?.health === 'stopping');
    await subject.mergeNodeStatus(name, ready('Unknown'));
    await retired;
    expect(await observe(target)).toEqual([]);
  });
});

describe('what a replica is given', () => {
  it('are its variables to the letter, and its command as it stands', async () => {
    const values = { PLAIN: 'value', QUOTES: `'"$(HOSTNAME)\`\\`, LINES: 'a\nb', 'odd.name-x': 'ü😀', EMPTY: '' };
    // As the process was given them: a shell passes on only what it could name itself.
    const script = 'tr "\\0\\n" "\\n|" < /proc/$$/environ; echo; echo "$0 end"; exec sleep 10000';
    const target = { ...aTarget({ environmentVariables: values }), command: ['sh', '-c', script, '$(HOSTNAME)'] };
    await subject.runtime.apply(target);
    const [replica] = await observe(target);
    const lines: string[] = [];
    const abort = new AbortController();
    const ref = { service: target.service.service, id: replica?.id ?? '' };
    for await (const { text } of subject.runtime.logs(ref, null, abort.signal)) {
      lines.push(text);
      if (text.endsWith(' end')) break;
    }
    abort.abort();
    expect(lines).toEqual(
      expect.arrayContaining([
        'PLAIN=value',
        `QUOTES='"$(HOSTNAME)\`\\`,
        'LINES=a|b',
        'odd.name-x=ü😀',
        'EMPTY=',
        '$(HOSTNAME) end',
      ]),
    );
  });

  it('is a name in its environment, behind which it answers', async () => {
    const target = aTarget({ replicas: 2 });
    await subject.runtime.apply(target);
    await untilReady(target);
    const service = await subject.objects.get<ObjectFacts & { spec: { clusterIP: string } }>(
      'Service',
      namespaceOf(target),
      target.service.serviceSlug,
    );
    const answer = await subject.waitUntil('an answer', async () =>
      (await fetch(`http://${service?.spec.clusterIP}:${target.port}/`)).text(),
    );
    expect(answer).toBe('ok\n');
  });
});

describe('who watches', () => {
  it('hears of what changed while the API was away', async () => {
    const target = aTarget();
    await subject.runtime.apply(target);
    await untilReady(target);
    const abort = new AbortController();
    const hints: string[] = [];
    const watching = subject.runtime.watch((service) => hints.push(service), abort.signal);
    await subject.waitUntil('the first look', async () => hints.includes(target.service.service));
    await subject.setAway(true);
    hints.length = 0;
    await subject.objects.merge('Deployment', namespaceOf(target), deploymentOf(target), { spec: { replicas: 0 } });
    await subject.setAway(false);
    await subject.waitUntil('the hint', async () => hints.includes(target.service.service));
    abort.abort();
    await watching;
  });
});
