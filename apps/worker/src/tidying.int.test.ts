import { keepRepositoriesTidy } from '@sconce/engine';
import { silentLog } from '@sconce/foundation';
import { manualClock, waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { longMs, type WorkerWorld, workerWorld } from './testing/worker-world.ts';

let world: WorkerWorld;
beforeAll(async () => {
  world = await workerWorld();
});
afterAll(() => world.close());

it('tidies every repository that is stored here, one worker at a time, also past one that fails', async () => {
  const projects = [await world.project(), await world.project(), await world.project()];
  const [first, second, removed] = projects.map((project) => project.repositoryId);
  for (const project of projects.slice(0, 2)) await world.push(project, { a: '1' }, { silent: true });
  await world.rows('UPDATE repository SET deleted_at = now() WHERE id = $1', [removed]);
  // Nobody ever pushed to it: the host does not know it, and throws.
  await world.project();
  const counts = () => [first, second].map((id) => world.source.tidied.filter((each) => each === id).length);

  const clock = manualClock();
  const stop = new AbortController();
  const deps = { db: world.db, clock, log: silentLog, sources: { builtin: world.source, github: null } };
  const workers = ['wrk_1', 'wrk_2'].map((holder) =>
    keepRepositoriesTidy(deps, { holder, everyMs: longMs }, stop.signal),
  );
  let rounds = 0;
  await waitUntil('both to be tidied three times', async () => {
    await clock.advance(longMs);
    rounds += 1;
    return counts().every((count) => count >= 3);
  });
  stop.abort();
  await Promise.all(workers);
  // Two workers that each did all would be at twice as many.
  expect(Math.max(...counts())).toBeLessThanOrEqual(rounds);
  expect(world.source.tidied).not.toContain(removed);
});

it('is taken over from a worker that died with the lease', async () => {
  const lease = (until: string) =>
    world.rows(
      `INSERT INTO lease (name, holder, epoch, expires_at) VALUES ('tidy-repositories', 'wrk_dead', 1, ${until})
       ON CONFLICT (name) DO UPDATE SET holder = 'wrk_dead', expires_at = ${until}`,
    );
  await lease("now() + interval '1 hour'");
  const before = world.source.tidied.length;
  await world.startWorker({ tidyEveryMs: 100 });
  // Its rounds come due meanwhile.
  const project = await world.project();
  await world.ended(
    (await world.push(project, { Dockerfile: 'FROM busybox', 'sconce.yaml': 'services: { a: {} }' })).delivery,
  );
  expect(world.source.tidied.length).toBe(before);
  await lease('now()');
  await waitUntil('the next round', () => world.source.tidied.length > before);
  const [held] = await world.rows<{ holder: string }>("SELECT holder FROM lease WHERE name = 'tidy-repositories'");
  expect(held?.holder).not.toBe('wrk_dead');
});
