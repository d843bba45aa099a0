import { waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findDockerClient } from '../support/docker-client.ts';
import { breaches } from '../support/invariants.ts';
import { openLoop, summarise } from '../support/open-loop.ts';
import { type Platform, startPlatform } from '../support/platform.ts';
import { ensureTinyBase, tinyRepository } from '../support/tiny-service.ts';
import { openWorkshop, type Workshop } from '../support/workshop.ts';

let platform: Platform;
let shop: Workshop;

beforeAll(async () => {
  ensureTinyBase(findDockerClient());
  platform = await startPlatform();
  shop = await openWorkshop(platform, 'continuity', { watchMs: 0, drainTimeoutMs: 20_000 });
});
afterAll(async () => {
  shop?.remove();
  await platform?.stop();
});

it('200 requests a second through ten deploys, three rollbacks and a restart of the control plane: none lost, none from a release that was not ready', async () => {
  // Each release listens only after a second, and what it answers names it: an answer that differs from its header would be a mix-up.
  const push = async (turn: number) =>
    shop.live(await shop.deploy(tinyRepository({ body: `body of turn ${turn}`, before: 'sleep 0.3' }), `Turn ${turn}`));
  await push(1);
  const load = openLoop(shop.url, 200);
  for (let turn = 2; turn <= 6; turn += 1) await push(turn);
  for (let back = 0; back < 3; back += 1) {
    const rollout = await shop.client.createRollback({
      params: { service: shop.service },
      body: {},
      query: { wait: '30s' },
    });
    await waitUntil(
      'the rollback to be live',
      async () => (await shop.read()).live?.release.id === rollout.release.id,
      20_000,
    );
  }
  await shop.client.updateService({ params: { service: shop.service }, body: { autoDeploy: true } });
  const controlPlane = [platform.processes.api, platform.processes.worker, platform.processes.scheduler];
  await Promise.all(controlPlane.map((process) => process.end('SIGTERM')));
  const whileDown = load.answers.length;
  await waitUntil('answers while the control plane is down', () => load.answers.length >= whileDown + 400, 20_000);
  await Promise.all(controlPlane.map((process) => process.start()));
  for (let turn = 7; turn <= 11; turn += 1) await push(turn);
  const answers = await load.finish();
  const seen = summarise(answers);
  process.stderr.write(`    ${seen.total} requests, ${seen.lost.length} lost, p99 ${Math.round(seen.p99Ms)} ms\n`);
  expect(seen.lost.slice(0, 5)).toEqual([]);
  const bodies = new Map<string, Set<string>>();
  for (const answer of answers)
    bodies.set(answer.release ?? 'none', (bodies.get(answer.release ?? 'none') ?? new Set()).add(answer.body));
  for (const [release, said] of bodies) expect([release, said.size]).toEqual([release, 1]);
  expect(await breaches(platform)).toEqual([]);
});
