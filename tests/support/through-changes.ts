import { waitUntil } from '@sconce/testkit';
import { type LoadAnswer, openLoop } from './open-loop.ts';
import type { Platform } from './platform.ts';
import { tinyRepository } from './tiny-service.ts';
import type { Workshop } from './workshop.ts';

export const requestsPerSecond = 200;

export interface ThroughChanges {
  readonly answers: readonly LoadAnswer[];
  /** When the load began, by the machine's clock. */
  readonly beganAt: number;
}

/**
 * Requests at a steady rate through ten deploys, three rollbacks and a restart of the whole control plane in the middle, with a pause in which
 * nothing of it runs. Each release listens only after a moment, and its body names it.
 */
export async function goThroughChanges(
  platform: Platform,
  shop: Workshop,
  mostUnderWay = Number.POSITIVE_INFINITY,
): Promise<ThroughChanges> {
  const push = async (turn: number) =>
    shop.live(await shop.deploy(tinyRepository({ body: `body of turn ${turn}`, before: 'sleep 0.3' }), `Turn ${turn}`));
  await push(1);
  const beganAt = Date.now();
  const load = openLoop(shop.url, requestsPerSecond, mostUnderWay);
  try {
    for (let turn = 2; turn <= 6; turn += 1) await push(turn);
    for (let back = 0; back < 3; back += 1) await rollBack(shop);
    await shop.client.updateService({ params: { service: shop.service }, body: { autoDeploy: true } });
    const controlPlane = [platform.processes.api, platform.processes.worker, platform.processes.scheduler];
    await Promise.all(controlPlane.map((process) => process.end('SIGTERM')));
    const whileDown = load.answers.length;
    await waitUntil('answers while the control plane is down', () => load.answers.length >= whileDown + 400, 120_000);
    await Promise.all(controlPlane.map((process) => process.start()));
    for (let turn = 7; turn <= 11; turn += 1) await push(turn);
  } catch (error) {
    await load.finish();
    throw error;
  }
  return { answers: await load.finish(), beganAt };
}

async function rollBack(shop: Workshop): Promise<void> {
  const params = { service: shop.service };
  const rollout = await shop.client.createRollback({ params, body: {}, query: { wait: '30s' } });
  const isLive = async () => (await shop.read()).live?.release.id === rollout.release.id;
  await waitUntil('the rollback to be live', isLive, 240_000);
}

/** Answers of a release that came before its first replica was ready. */
export async function answersFromUnready(
  shop: Workshop,
  { answers, beganAt }: ThroughChanges,
): Promise<readonly LoadAnswer[]> {
  const readyAt = new Map<string, number>();
  const params = { service: shop.service };
  const { data } = await shop.client.listServiceEvents({
    params,
    query: { type: 'replica.ready', limit: 200, order: 'oldest' },
  });
  for (const event of data) {
    // A replica's name begins with its release's.
    const release = String(event.data.name).split('-')[0] ?? '';
    if (!readyAt.has(release)) readyAt.set(release, Date.parse(event.at));
  }
  return answers.filter(
    ({ release, doneAt }) => release !== null && beganAt + doneAt < (readyAt.get(release) ?? Number.POSITIVE_INFINITY),
  );
}
