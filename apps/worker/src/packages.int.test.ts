import { readKnownPackages } from '@sconce/db';
import { readNextPackages } from '@sconce/engine';
import { silentLog, systemClock } from '@sconce/foundation';
import { waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type WorkerWorld, workerWorld } from './testing/worker-world.ts';

let world: WorkerWorld;
beforeAll(async () => {
  world = await workerWorld();
  await world.startWorker();
});
afterAll(() => world.close());

const app = { 'sconce.yaml': 'services: { web: { port: 8000 } }', Dockerfile: 'FROM busybox' };
const status = { '/var/lib/dpkg/status': 'Package: libc6\nStatus: install ok installed\nVersion: 2.36\n' };
const list = [{ kind: 'debian', gap: null, packages: [{ name: 'libc6', version: '2.36' }] }];
const never = new AbortController().signal;

const deps = () => ({ db: world.db, clock: systemClock, log: silentLog, packageReader: world.packages });
const readNext = () => readNextPackages(deps(), never);
const known = (digest: string) => readKnownPackages(world.db.tx, digest);
const settle = () => world.rows("UPDATE rollout SET phase = 'complete'");

/** A release of an image of its own that is on its way. Answers the image and who is to hear of it. */
async function release(): Promise<{ readonly digest: string; readonly projectId: string }> {
  const { projectId, ...project } = await world.project();
  const pushed = await world.push({ projectId, ...project }, { ...app, own: projectId });
  const [build] = await world.ended(pushed.delivery);
  return { digest: build?.image_digest ?? '', projectId };
}

describe('packages of images', () => {
  it('are read once the release is there, kept, and told of', async () => {
    const { digest, projectId } = await release();
    world.packages.add(digest, status);
    expect(await readNext()).toBe(false);
    expect(await known(digest)).toEqual({ known: false, reason: 'not_read_yet' });
    await settle();
    expect(await readNext()).toBe(true);
    expect(await known(digest)).toEqual({ known: true, list });
    expect(await readNext()).toBe(false);
    const events = await world.rows(
      "SELECT e.data, r.image_digest FROM event e JOIN release r ON r.id = e.subject_id WHERE e.type = 'release.packages_read' AND e.project_id = $1",
      [projectId],
    );
    expect(events).toEqual([{ data: { number: 1 }, image_digest: digest }]);
    // An image never changes, so its list stays when it is collected.
    await world.rows('UPDATE image SET removed_at = now() WHERE digest = $1', [digest]);
    expect(await known(digest)).toEqual({ known: true, list });
  });

  it('wait while anything is built or rolled out, and ten minutes at most', async () => {
    const { digest } = await release();
    world.packages.add(digest, status);
    await settle();
    await release();
    expect(await readNext()).toBe(false);
    await world.rows("UPDATE image SET created_at = now() - interval '11 minutes' WHERE digest = $1", [digest]);
    expect(await readNext()).toBe(true);
    expect(await known(digest)).toMatchObject({ known: true });
    await settle();
    while (await readNext());
  });

  it('are read once by two that begin at once', async () => {
    const { digest } = await release();
    world.packages.add(digest, status);
    await settle();
    const begun = await Promise.all([readNext(), readNext(), readNext()]);
    expect(begun.filter(Boolean)).toHaveLength(1);
    expect(world.packages.asked.filter((asked) => asked === digest)).toHaveLength(1);
  });

  it('are tried again later, five times, and then given up, in words', async () => {
    const { digest } = await release();
    world.packages.add(digest, status);
    await settle();
    world.packages.failWith(new Error('the engine is away'));
    for (let tries = 1; tries <= 5; tries += 1) {
      expect(await known(digest)).toEqual({ known: false, reason: 'not_read_yet' });
      expect(await readNext()).toBe(true);
      expect(await readNext()).toBe(false);
      await world.rows('UPDATE image_packages SET look_at = now() WHERE digest = $1', [digest]);
    }
    expect(await readNext()).toBe(false);
    expect(await known(digest)).toEqual({ known: false, reason: 'unreadable' });
    world.packages.failWith(null);
  });

  it('of an image that is gone are not known, and why', async () => {
    const [missing, collected] = [await release(), await release()];
    await world.rows('UPDATE image SET removed_at = now() WHERE digest = $1', [collected.digest]);
    await settle();
    while (await readNext());
    expect(await known(missing.digest)).toEqual({ known: false, reason: 'image_missing' });
    expect(await known(collected.digest)).toEqual({ known: false, reason: 'image_collected' });
    expect(await known('sha256:none')).toEqual({ known: false, reason: 'image_unknown' });
    expect(world.packages.asked).not.toContain(collected.digest);
  });

  it('are given back by a process that stops, and taken over from one that died', async () => {
    const { digest } = await release();
    world.packages.add(digest, status);
    await settle();
    const stopping = new AbortController();
    const packageReader = {
      read: async () => {
        stopping.abort(new Error('stopping'));
        throw stopping.signal.reason;
      },
    };
    await readNextPackages({ ...deps(), packageReader }, stopping.signal);
    expect(await readNext()).toBe(true);
    expect(await known(digest)).toMatchObject({ known: true });
    const { digest: other } = await release();
    world.packages.add(other, status);
    await settle();
    await world.rows("INSERT INTO image_packages (digest, tries, look_at) VALUES ($1, 1, now() + interval '1 hour')", [
      other,
    ]);
    expect(await readNext()).toBe(false);
    await world.rows('UPDATE image_packages SET look_at = now() WHERE digest = $1', [other]);
    expect(await readNext()).toBe(true);
    expect(await known(other)).toMatchObject({ known: true });
  });

  it('are read by a worker by itself', async () => {
    const { digest } = await release();
    world.packages.add(digest, status);
    await settle();
    await world.startWorker({ readPackagesEveryMs: 100 });
    await waitUntil('the packages to be known', async () => (await known(digest)).known);
  });
});
