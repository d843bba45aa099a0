import { makePackageList, type PackageKind } from '@sconce/core';
import { claimImageToRead, giveUpPackages, putPackageList } from '@sconce/db';
import { newId } from '@sconce/foundation';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ApiWorld, startApiWorld } from './testing/api-world.ts';
import { makeTenant, type Tenant } from './testing/two-tenants.ts';

let world: ApiWorld;
let tenant: Tenant;
beforeAll(async () => {
  world = await startApiWorld();
  tenant = await makeTenant(world, 'vision');
  await world.db.pool.query("UPDATE build SET phase = 'succeeded'");
});
afterAll(() => world.stop());

const first = `sha256:${'a'.repeat(64)}`;
const second = `sha256:${'b'.repeat(64)}`;

/** r2 with another image, of which nothing is known yet; nor of r1's. */
beforeEach(async () => {
  const { pool } = world.db;
  await pool.query('DELETE FROM image_packages');
  await pool.query('UPDATE image SET removed_at = NULL');
  const { rowCount } = await pool.query('SELECT 1 FROM release WHERE number = 2');
  if (rowCount) return;
  await pool.query(
    "INSERT INTO image (digest, build_id, size_bytes, architecture, exposed_ports) VALUES ($1, $2, 1, 'amd64', '{}')",
    [second, tenant.ids.build],
  );
  const id = newId('rel');
  await pool.query(
    `INSERT INTO release (id, service_id, number, image_digest, spec, spec_hash, replica_set_id, cause)
     SELECT $1, service_id, 2, $2, jsonb_set(spec, '{image,digest}', to_jsonb($2::text)), 'y', $1, 'push' FROM release WHERE number = 1`,
    [id, second],
  );
});

async function keep(
  digest: string,
  kind: PackageKind,
  packages: Readonly<Record<string, string>>,
  gap: 'too_large' | null = null,
) {
  const named = Object.entries(packages).map(([name, version]) => ({ name, version }));
  const { tx } = world.db;
  while ((await claimImageToRead(tx, 60_000)) !== null);
  expect(await putPackageList(tx, digest, makePackageList([{ kind, packages: named, gap }]))).toBe(true);
}

const compare = async () => {
  const answer = await world.ask('GET /v1/releases/vision%2Fproduction%2Fresnet50%2Fr2?compare=r1');
  expect(answer.status).toBe(200);
  return answer.body.compared;
};

describe('the packages of two releases', () => {
  it('are compared by kind, name and version, and summed up', async () => {
    await keep(first, 'python', { torch: '2.4.0', numpy: '1.26', same: '1' });
    await keep(second, 'python', { torch: '2.5.1', '<b>new\u202e</b>': '"1"', same: '1' });
    const compared = await compare();
    expect(compared.summary).toBe('another image; 3 Python packages changed');
    expect(compared.packages).toEqual({
      unknown: [],
      groups: [
        {
          kind: 'python',
          added: 1,
          removed: 1,
          changed: 1,
          differences: [
            { name: '<b>new\u202e</b>', change: 'added', from: null, to: '"1"' },
            { name: 'numpy', change: 'removed', from: '1.26', to: null },
            { name: 'torch', change: 'changed', from: '2.4.0', to: '2.5.1' },
          ],
        },
      ],
    });
  });

  it('that are not known are named, with the reason, and not compared', async () => {
    expect((await compare()).packages).toEqual({
      groups: [],
      unknown: ['r1', 'r2'].map((release) => ({
        release,
        kind: null,
        reason: 'not_read_yet',
        message: `The packages of ${release} are not read yet. That is done once nothing is being built or rolled out.`,
      })),
    });
    await keep(second, 'debian', { libc6: '2.36' }, 'too_large');
    await world.db.pool.query('UPDATE image SET removed_at = now() WHERE digest = $1', [first]);
    expect((await compare()).packages.unknown).toMatchObject([
      {
        release: 'r1',
        reason: 'image_collected',
        message: expect.stringMatching(/^The image of r1 was removed before/),
      },
    ]);
    await world.db.pool.query('UPDATE image_packages SET list = NULL WHERE digest = $1', [first]);
    await keep(first, 'debian', {});
    expect((await compare()).packages).toMatchObject({
      groups: [],
      unknown: [
        {
          release: 'r2',
          kind: 'debian',
          message: expect.stringContaining('too much to find all of its Debian packages'),
        },
      ],
    });
  });

  it('of an image that could not be read are said to be so', async () => {
    while ((await claimImageToRead(world.db.tx, 60_000)) !== null);
    await giveUpPackages(world.db.tx, first, 'unreadable');
    await giveUpPackages(world.db.tx, second, 'image_missing');
    expect((await compare()).packages.unknown.map(({ message }: { message: string }) => message)).toEqual([
      'The image of r1 could not be read, though it was tried several times. The log of the worker says why.',
      'The image of r2 was not there any more when its packages were to be read. Build its commit again to know them.',
    ]);
  });
});
