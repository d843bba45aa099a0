import type { Database, VariableOwner } from '@sconce/db';
import { newId, silentLog, systemClock } from '@sconce/foundation';
import {
  createKeysFile,
  type KeyRing,
  loadKeys,
  openerFor,
  sealerFor,
  withoutPrivateHalves,
} from '@sconce/secrets-local';
import { openPatientDatabase, temporaryDirectory, temporaryPostgres } from '@sconce/testkit';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type FrozenConfiguration, freezeConfiguration } from '../freeze-configuration.ts';

export const actor = 'usr_tester';

/** A database with one service in one environment, new for each test, and keys as the processes hold them. */
export function configurationWorld() {
  const directory = temporaryDirectory('keys');
  const keysPath = `${directory.path}/keys.json`;
  const stop: (() => Promise<void>)[] = [];
  let db: Database;
  let ring: KeyRing;
  let environmentId = '';
  let serviceId = '';

  beforeAll(async () => {
    const postgres = await temporaryPostgres();
    db = openPatientDatabase({ url: await postgres.database() });
    stop.push(
      () => db.close(),
      () => postgres.stop(),
    );
    await createKeysFile(keysPath);
    ring = await loadKeys({ file: keysPath });
  });
  afterAll(async () => {
    for (const end of stop) await end();
    directory.remove();
  });
  beforeEach(async () => {
    const projectId = newId('prj');
    environmentId = newId('env');
    serviceId = newId('svc');
    await db.pool.query('INSERT INTO project (id, slug, name) VALUES ($1, $2, $2)', [projectId, projectId.slice(-20)]);
    const place = [environmentId, projectId, 'production'];
    await db.pool.query('INSERT INTO environment (id, project_id, slug, name) VALUES ($1, $2, $3, $3)', place);
    const service = [serviceId, environmentId, 'resnet50', []];
    await db.pool.query(
      'INSERT INTO service (id, environment_id, slug, name, secret_groups) VALUES ($1, $2, $3, $3, $4)',
      service,
    );
  });

  /** What the API process holds: it opens variables and only seals secrets. */
  const api = () => {
    const keys = withoutPrivateHalves(ring, 'secret');
    const sealers = { secretSealer: sealerFor(keys, 'secret'), variableSealer: sealerFor(keys, 'variable') };
    return { db, clock: systemClock, log: silentLog, ...sealers, variableOpener: openerFor(keys, 'variable') };
  };
  /** What worker and scheduler hold. */
  const inner = () => ({ ...api(), secretOpener: openerFor(ring, 'secret') });
  const freeze = async (fileEnv: Record<string, string> = {}, fileGroups: string[] = []) => {
    const row = await db.pool.query<{ groups: string[] }>('SELECT secret_groups AS groups FROM service WHERE id = $1', [
      serviceId,
    ]);
    const service = { id: serviceId, environmentId, secretGroups: row.rows[0]?.groups ?? [] };
    return db.transaction((tx) => freezeConfiguration(tx, inner(), service, fileEnv, fileGroups));
  };
  return {
    api,
    inner,
    freeze,
    frozen: async (fileEnv: Record<string, string> = {}, fileGroups: string[] = []): Promise<FrozenConfiguration> => {
      const answer = await freeze(fileEnv, fileGroups);
      if ('reason' in answer) throw new Error(answer.message);
      return answer;
    },
    keysPath,
    reloadKeys: async () => {
      ring = await loadKeys({ file: keysPath });
      return ring;
    },
    get db() {
      return db;
    },
    get environmentId() {
      return environmentId;
    },
    get serviceId() {
      return serviceId;
    },
    get own(): VariableOwner & { serviceId: string } {
      return { environmentId, serviceId };
    },
    get shared(): VariableOwner {
      return { environmentId, serviceId: null };
    },
    /** A release of the service that holds these values, with an image that is still there; answers the image's digest. */
    makeRelease: async (number: number, spec: FrozenConfiguration): Promise<string> => {
      const digest = `sha256:${newId('rel')}`;
      const image =
        "INSERT INTO image (digest, build_id, size_bytes, architecture, exposed_ports) VALUES ($1, 'bld', 1, 'amd64', '{}')";
      await db.pool.query(image, [digest]);
      await db.pool.query(
        "INSERT INTO release (id, service_id, number, image_digest, spec, spec_hash, replica_set_id, cause) VALUES ($1, $2, $3, $4, $5, '', '', 'push')",
        [newId('rel'), serviceId, number, digest, JSON.stringify(spec)],
      );
      return digest;
    },
    /** Every row of every table as text. */
    dump: async (): Promise<string> => {
      const tables = await db.pool.query<{ name: string }>(
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
      );
      const rows = await Promise.all(
        tables.rows.map(({ name }) => db.pool.query<{ line: string }>(`SELECT t::text AS line FROM "${name}" t`)),
      );
      return rows.flatMap((result) => result.rows.map((row) => row.line)).join('\n');
    },
  };
}
