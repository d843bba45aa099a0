import { waitUntil } from '@sconce/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FakeGateway } from './testing/fake-gateway.ts';
import {
  type CrashableScheduler,
  quickSettings,
  type SchedulerWorld,
  schedulerWorld,
  type TestService,
} from './testing/scheduler-world.ts';

let world: SchedulerWorld;
let gateway: FakeGateway;
let scheduler: CrashableScheduler;

beforeAll(async () => {
  world = await schedulerWorld();
  scheduler = world.startScheduler();
  gateway = world.gateway();
});
afterAll(() => world.close());
afterEach(() => expect(world.lost).toEqual([]));

const drained = { cause: 'drained', until: null } as const;
let made = 0;
/** Nodes of this test's own, so that none of another is on them. */
function newNodes(count: number): readonly string[] {
  made += 1;
  const names = Array.from({ length: count }, (_, index) => `n${made}-${index + 1}`);
  world.engine.setNodes(names);
  return names;
}

const replicasOf = ({ id }: TestService) =>
  [...world.engine.replicas.values()].filter(({ target }) => target.service.service === id);

async function oneReplica(service: TestService) {
  await world.isLive(service, await world.deploy(service));
  const [replica] = replicasOf(service);
  if (replica === undefined) throw new Error('there is no replica');
  return { replica, node: replica.node() ?? '' };
}

interface Row {
  readonly name: string;
  readonly health: string;
  readonly reason: string | null;
  readonly message: string | null;
}
const rowsOf = ({ id }: TestService) => world.rows<Row>('SELECT * FROM replica WHERE service_id = $1', [id]);
const eventsOf = async ({ id }: TestService, type: string) =>
  (await world.rows<{ data: object }>('SELECT data FROM event WHERE service_id = $1 AND type = $2', [id, type])).map(
    ({ data }) => data,
  );

describe('a node that is drained', () => {
  it('gives its replica back once another one answers, and the activity says so', async () => {
    newNodes(2);
    const service = await world.service();
    const { replica, node } = await oneReplica(service);
    gateway.reportsDrained = false;
    world.engine.setLeaving(node, drained);
    await waitUntil('the gateway to send to the other one', () => {
      const sent = gateway.replicasOf(service.name);
      return sent.length === 1 && sent[0] !== replica.id;
    });
    expect(replica.isStopping(), 'it finishes what it began').toBe(false);
    expect(world.engine.evict(node), 'who drains the node waits').toBe(1);
    gateway.reportsDrained = true;
    await waitUntil('it to be gone', () => !world.engine.replicas.has(replica.id));
    expect(replicasOf(service).map((one) => one.node())).not.toContain(node);
    expect(await eventsOf(service, 'replica.leaving')).toMatchObject([
      { node, cause: 'drained', message: `Node ${node} is being drained` },
    ]);
    const moved = await waitUntil('the event', async () => (await eventsOf(service, 'replica.moved'))[0]);
    expect(moved).toMatchObject({ node, successor: { node: replicasOf(service)[0]?.node() } });
    await world.deleteService(service);
  });

  it('keeps its replica where there is no other place, says why, and gives it back when there is', async () => {
    const [node = ''] = newNodes(1);
    const service = await world.service();
    const { replica } = await oneReplica(service);
    world.engine.setLeaving(node, drained);
    const row = await waitUntil('the words', async () =>
      (await rowsOf(service)).find(({ message }) => message?.includes('That one waits')),
    );
    expect(row).toMatchObject({ health: 'ready', reason: 'node_leaving' });
    expect(row.message).toContain(`Node ${node} is being drained.`);
    expect(row.message).toContain(`It has no place. Add a node, or open this one again: kubectl uncordon ${node}.`);
    expect(gateway.replicasOf(service.name)).toEqual([replica.id]);
    world.engine.setNodes([node, `${node}-new`]);
    await waitUntil('it to be gone', () => !world.engine.replicas.has(replica.id));
    expect(replicasOf(service).map((one) => one.node())).toEqual([`${node}-new`]);
    await world.deleteService(service);
  });

  it('that is opened again keeps what it has', async () => {
    const [node = ''] = newNodes(1);
    const service = await world.service();
    const { replica } = await oneReplica(service);
    world.engine.setLeaving(node, drained);
    await waitUntil('another one to be asked for', () => replicasOf(service).length === 2);
    world.engine.setLeaving(node, null);
    await waitUntil('that one to go', () => replicasOf(service).length === 1);
    expect(world.engine.replicas.has(replica.id)).toBe(true);
    await waitUntil('the words to go', async () => (await rowsOf(service)).every(({ reason }) => reason === null));
    await world.deleteService(service);
  });

  it('gets back at once what a volume ties to it', async () => {
    const [node = ''] = newNodes(1);
    const volumes = [{ name: 'cache', path: '/cache', sizeMiB: null }];
    const service = await world.service({ ...quickSettings, volumes });
    const { replica } = await oneReplica(service);
    world.engine.setLeaving(node, drained);
    await waitUntil('it to be free', () => !replica.isHeld());
    const [row] = await rowsOf(service);
    expect(row).toMatchObject({ reason: 'node_leaving', message: expect.stringContaining('Its volume') });
    expect(replicasOf(service)).toHaveLength(1);
    world.engine.setLeaving(node, null);
    await waitUntil('it to be held again', () => replica.isHeld());
    await world.deleteService(service);
  });

  it('is left also when the scheduler dies in between', async () => {
    newNodes(2);
    const service = await world.service();
    const { replica, node } = await oneReplica(service);
    gateway.reportsDrained = false;
    world.engine.setLeaving(node, drained);
    await waitUntil(
      'the gateway to send to the other one',
      () => !gateway.replicasOf(service.name).includes(replica.id),
    );
    scheduler.crash();
    await world.expireLease();
    gateway.reportsDrained = true;
    scheduler = world.startScheduler();
    await waitUntil('it to be gone', () => !world.engine.replicas.has(replica.id));
    expect(replicasOf(service)).toHaveLength(1);
    await world.deleteService(service);
  });
});

describe('a node that does not answer', () => {
  it('has its replicas replaced at once, and those that are lost are shown so', async () => {
    newNodes(2);
    const service = await world.service();
    const { replica, node } = await oneReplica(service);
    replica.setMuted(true);
    world.engine.setLeaving(node, { cause: 'lost', until: null });
    await waitUntil('the gateway to send to the other one', () => {
      const sent = gateway.replicasOf(service.name);
      return sent.length === 1 && sent[0] !== replica.id;
    });
    world.engine.loseNode(node);
    const lost = await waitUntil('it to be shown', async () =>
      (await rowsOf(service)).find(({ reason }) => reason === 'node_lost'),
    );
    expect(lost.health).toBe('stopping');
    const event = await waitUntil('the event', async () => (await eventsOf(service, 'replica.lost'))[0]);
    expect(event).toMatchObject({ node, successor: { name: expect.stringMatching(/^r1-/) } });
    expect(gateway.replicasOf(service.name)).toHaveLength(1);
    await world.deleteService(service);
    await waitUntil('all of it to go', () => replicasOf(service).length === 0);
  });
});
