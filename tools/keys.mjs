// Keys that variables and secrets are sealed with: see docs/runbooks/key-rotation.md.
//   node tools/keys.mjs rotate    adds a key pair of each kind; new values are sealed for it once the processes were restarted
//   node tools/keys.mjs reseal    seals all values again for the newest keys, after that restart
//   node tools/keys.mjs list      key ids, and how many values each one sealed
import { inHome } from './bootstrap/machine/home.mjs';
import { ensurePostgres } from './bootstrap/parts/postgres.mjs';
import { Problem } from './bootstrap/terminal/problem.mjs';
import { runMain, say } from './bootstrap/terminal/step.mjs';

const purposes = ['secret', 'variable'];
const keysFile = process.env.SCONCE_KEYS_FILE ?? inHome('keys.json');

const commands = { rotate, reseal, list };

await runMain(async () => {
  const [word, ...rest] = process.argv.slice(2);
  const command = rest.length === 0 ? commands[word] : undefined;
  if (!command) throw new Problem('Say what to do with the keys.', ['node tools/keys.mjs rotate | reseal | list']);
  await command(await import('@sconce/secrets-local'));
});

async function rotate({ rotateKeysFile }) {
  for (const purpose of purposes) say(`  ${purpose.padEnd(9)} ${await rotateKeysFile(keysFile, purpose)}`);
  say(`Both are in ${keysFile}. Copy it to where you keep it safe, then restart: npm run down, npm run up`);
}

async function reseal(keys) {
  const { resealValues } = await import('@sconce/engine');
  const { createLog } = await import('@sconce/foundation');
  const ring = await keys.loadKeys({ file: keysFile });
  await withDatabase(async (db) => {
    for (const purpose of purposes) {
      const pair = { sealer: keys.sealerFor(ring, purpose), opener: keys.openerFor(ring, purpose) };
      const done = await resealValues({ db, log: createLog('keys') }, purpose, pair, new AbortController().signal);
      say(`  ${purpose.padEnd(9)} ${done.resealed} sealed again, ${done.unreadable} could not be opened`);
    }
  });
}

async function list(keys) {
  const ring = await keys.loadKeys({ file: keysFile });
  await withDatabase(async (db) => {
    const { rows } = await db.pool.query('SELECT kind, key_id, count(*)::int AS count FROM sealed_value GROUP BY 1, 2');
    for (const purpose of purposes) {
      for (const { id, createdAt, privateKey } of ring.pairs[purpose]) {
        const count = rows.find((row) => row.kind === purpose && row.key_id === id)?.count ?? 0;
        say(`  ${purpose.padEnd(9)} ${id}  ${createdAt}  ${count} sealed${privateKey ? '' : '  (seals only)'}`);
      }
      for (const row of rows.filter(
        (one) => one.kind === purpose && !ring.pairs[purpose].some(({ id }) => id === one.key_id),
      ))
        say(`  ${purpose.padEnd(9)} ${row.key_id}  not in ${keysFile}: ${row.count} values cannot be opened`);
    }
  });
}

async function withDatabase(work) {
  const { openDatabase } = await import('@sconce/db');
  const db = openDatabase({ url: await ensurePostgres() });
  try {
    await work(db);
  } finally {
    await db.close();
  }
}
