import { waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type WorkerWorld, workerWorld } from './testing/worker-world.ts';

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

  const everyMs = 400;
  await world.startWorker({ tidyEveryMs: everyMs });
  const other = await world.startWorker({ tidyEveryMs: everyMs });
  const startedAt = performance.now();
  await waitUntil('both to be tidied three times', () => counts().every((count) => count >= 3));
  const rounds = (performance.now() - startedAt) / everyMs;
  // Two workers that each did all would be at twice as many.
  expect(Math.max(...counts())).toBeLessThanOrEqual(Math.ceil(rounds) + 1);
  expect(world.source.tidied).not.toContain(removed);
  await other.stop();
});

it('is taken over from a worker that died with the lease', async () => {
  await world.rows(
    `INSERT INTO lease (name, holder, epoch, expires_at) VALUES ('tidy-repositories', 'wrk_dead', 1, now() + interval '1 second')
     ON CONFLICT (name) DO UPDATE SET holder = 'wrk_dead', expires_at = now() + interval '1 second'`,
  );
  const before = world.source.tidied.length;
  const [held] = await world.rows("SELECT now() < expires_at AS held FROM lease WHERE name = 'tidy-repositories'");
  expect(held).toEqual({ held: true });
  await waitUntil('the next round', () => world.source.tidied.length > before);
  const [lease] = await world.rows<{ holder: string }>("SELECT holder FROM lease WHERE name = 'tidy-repositories'");
  expect(lease?.holder).not.toBe('wrk_dead');
});
