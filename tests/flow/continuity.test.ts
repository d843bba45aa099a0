import { afterAll, beforeAll, expect, it } from 'vitest';
import { findDockerClient } from '../support/docker-client.ts';
import { breaches } from '../support/invariants.ts';
import { summarise } from '../support/open-loop.ts';
import { type Platform, startPlatform } from '../support/platform.ts';
import { answersFromUnready, goThroughChanges } from '../support/through-changes.ts';
import { ensureTinyBase } from '../support/tiny-service.ts';
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

it('200 requests a second, or as many as this machine can, through ten deploys, three rollbacks and a restart of the control plane: none lost, none from a release that was not ready', async () => {
  const done = await goThroughChanges(platform, shop, 40);
  const { answers } = done;
  const seen = summarise(answers);
  process.stderr.write(`    ${seen.total} requests, ${seen.lost.length} lost, p99 ${Math.round(seen.p99Ms)} ms\n`);
  expect(seen.lost.slice(0, 5)).toEqual([]);
  expect(await answersFromUnready(shop, done)).toEqual([]);
  // An answer that differs from its header would be a mix-up.
  const bodies = new Map<string, Set<string>>();
  for (const answer of answers)
    bodies.set(answer.release ?? 'none', (bodies.get(answer.release ?? 'none') ?? new Set()).add(answer.body));
  for (const [release, said] of bodies) expect([release, said.size]).toEqual([release, 1]);
  expect(await breaches(platform)).toEqual([]);
});
