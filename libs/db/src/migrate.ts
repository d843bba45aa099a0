import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

const migrationsDirectory = fileURLToPath(new URL('../../../prisma/migrations/', import.meta.url));

/**
 * Applies what is not yet applied, in name order, each in a transaction of its own, and records it in `_prisma_migrations` as Prisma
 * does, so that `prisma migrate deploy` goes on from here. Two at once are safe: the second waits. Answers the names applied.
 */
export async function migrate(url: string, directory: string = migrationsDirectory): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    // The lock that Prisma's own `migrate deploy` takes.
    await client.query('SELECT pg_advisory_lock(72707369)');
    await client.query(bookkeeping);
    const done = await client.query<{ migration_name: string; checksum: string }>(
      'SELECT migration_name, checksum FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
    );
    const checksums = new Map(done.rows.map((row) => [row.migration_name, row.checksum]));
    const applied: string[] = [];
    for (const name of await migrationNames(directory)) {
      const sql = await readFile(`${directory}/${name}/migration.sql`, 'utf8');
      const checksum = createHash('sha256').update(sql).digest('hex');
      const known = checksums.get(name);
      if (known !== undefined && known !== checksum)
        throw new Error(`Migration ${name} was changed after it was applied; restore its file.`);
      if (known !== undefined) continue;
      await applyOne(client, name, sql, checksum);
      applied.push(name);
    }
    return applied;
  } finally {
    await client.end();
  }
}

async function migrationNames(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

async function applyOne(client: pg.Client, name: string, sql: string, checksum: string): Promise<void> {
  const started = new Date();
  // An index built concurrently cannot run inside a transaction; such a file holds that one statement.
  const alone = /\bCONCURRENTLY\b/i.test(sql);
  if (!alone) await client.query('BEGIN');
  try {
    await client.query(sql);
    await client.query(
      'INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, started_at, applied_steps_count) VALUES ($1, $2, now(), $3, $4, 1)',
      [randomUUID(), checksum, name, started],
    );
    if (!alone) await client.query('COMMIT');
  } catch (cause) {
    if (!alone) await client.query('ROLLBACK');
    throw new Error(`Migration ${name} could not be applied`, { cause });
  }
}

const bookkeeping = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL,
  logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`;
