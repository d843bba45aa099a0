import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BuiltinPushBody, DeliveryId } from '@sconce/core';
import type { Database } from '@sconce/db';
import { createDeliveryRecorder, type DeliveryRecorder } from '@sconce/engine';
import { newId, type Running, silentLog, systemClock } from '@sconce/foundation';
import type { Builder, ImageRegistry, SourceRepository } from '@sconce/ports';
import { openQueue } from '@sconce/queue';
import { createKeysFile, type KeyRing, loadKeys, openerFor, sealerFor } from '@sconce/secrets-local';
import {
  type FakeBuilder,
  type FakePackageReader,
  type FakeSourceHost,
  fakeBuilder,
  fakePackageReader,
  fakeSourceHost,
  openPatientDatabase,
  type TemporaryPostgres,
  type TemporaryRedis,
  temporaryDirectory,
  temporaryPostgres,
  temporaryRedis,
  waitUntil,
} from '@sconce/testkit';
import { startWorker } from '../start-worker.ts';
import type { OtherWorker } from './other-worker.ts';

const zeros = '0'.repeat(40);
/** Longer than any test. */
export const longMs = 3_600_000;

/** Real Postgres and Redis, fakes of everything outside, and as many workers as a test wants. */
export interface WorkerWorld {
  readonly postgres: TemporaryPostgres;
  readonly redis: TemporaryRedis;
  readonly db: Database;
  readonly recorder: DeliveryRecorder;
  readonly source: FakeSourceHost;
  readonly builder: FakeBuilder;
  readonly packages: FakePackageReader;
  readonly keys: KeyRing;
  readonly workDirectory: string;
  /** Digests that the registry says are gone. */
  readonly collected: Set<string>;
  startWorker(options?: {
    readonly builder?: Builder;
    readonly buildsAtOnce?: number;
    readonly tidyEveryMs?: number;
    readonly readPackagesEveryMs?: number;
  }): Promise<Running>;
  /** Starts a worker in a process of its own, which halts at a step of these commits' way. */
  otherWorker(haltAt: OtherWorker['haltAt'], commits: OtherWorker['commits']): Promise<OtherProcess>;
  killOthers(): void;
  /** As if the time that the workers' claims of builds run on had passed. */
  expireClaims(): Promise<void>;
  /** Makes a project with a production environment that takes in `main`, and a repository. */
  project(): Promise<TestProject>;
  /** Commits, records the push as the built-in git server would; answers the delivery. */
  push(project: TestProject, files: Record<string, string>, options?: PushOptions): Promise<Pushed>;
  /** One row as plain columns. */
  row<T extends object = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<T>;
  rows<T extends object = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<T[]>;
  /** Waits until the delivery is processed, and answers its row. */
  processed(delivery: string): Promise<DeliveryColumns>;
  /** Waits until all builds of a delivery ended, and answers them. */
  ended(delivery: string): Promise<BuildColumns[]>;
  logOf(build: string): Promise<string[]>;
  close(): Promise<void>;
}

export interface OtherProcess {
  /** Waits until it says that it got there. */
  arrived(): Promise<void>;
  /** Waits until it says this. */
  says(what: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Lets it go on from where it halted. */
  release(): void;
}

export interface TestProject {
  readonly projectId: string;
  readonly environmentId: string;
  readonly repositoryId: string;
  readonly repository: SourceRepository;
}

export interface PushOptions {
  readonly branch?: string;
  readonly message?: string;
  readonly parent?: string | null;
  /** Do not record it: the test does, or never. */
  readonly silent?: boolean;
}

export interface Pushed {
  readonly sha: string;
  readonly tree: string;
  readonly delivery: DeliveryId;
  readonly body: Uint8Array;
}

export interface DeliveryColumns {
  readonly phase: string;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly message: string | null;
}

export interface BuildColumns {
  readonly id: string;
  readonly phase: string;
  readonly reason: string | null;
  readonly message: string | null;
  readonly image_digest: string | null;
  readonly reused_build_id: string | null;
  readonly claim_epoch: number;
  readonly lost_claims: number;
  readonly timings: Record<string, number>;
}

export async function workerWorld(): Promise<WorkerWorld> {
  const [postgres, redis] = await Promise.all([temporaryPostgres(), temporaryRedis()]);
  const url = await postgres.database();
  const db = openPatientDatabase({ url });
  const directory = temporaryDirectory('worker');
  await createKeysFile(`${directory.path}/keys.json`);
  const keys = await loadKeys({ file: `${directory.path}/keys.json` });
  const source = fakeSourceHost();
  const builder = fakeBuilder();
  const collected = new Set<string>();
  const packages = fakePackageReader();
  const opened: Database[] = [db];
  const workers: Running[] = [];
  const children: ChildProcess[] = [];
  const recorder = createDeliveryRecorder({ db, clock: systemClock });
  const rows: WorkerWorld['rows'] = async <T extends object>(sql: string, values: unknown[] = []) =>
    (await db.pool.query<T & Record<string, unknown>>(sql, values)).rows;
  const row: WorkerWorld['row'] = async <T extends object>(sql: string, values: unknown[] = []) => {
    const [first] = await rows<T>(sql, values);
    if (first === undefined) throw new Error(`no row: ${sql}`);
    return first;
  };
  const workDirectory = `${directory.path}/work`;
  return {
    postgres,
    redis,
    db,
    recorder,
    source,
    builder,
    packages,
    keys,
    collected,
    workDirectory,
    rows,
    row,
    startWorker: async (options = {}) => {
      const own = openPatientDatabase({ url });
      opened.push(own);
      const worker = await startWorker({
        db: own,
        clock: systemClock,
        log: silentLog,
        queue: openQueue({ url: redis.url, log: silentLog, lockMs: 1_000 }),
        sources: { builtin: source, github: source },
        builder: options.builder ?? builder,
        images: registryOf(builder, collected),
        packageReader: packages,
        secretOpener: openerFor(keys, 'secret'),
        variableSealer: sealerFor(keys, 'variable'),
        settings: {
          workDirectory,
          buildsAtOnce: options.buildsAtOnce ?? 2,
          limits: { timeMs: longMs, memoryMiB: 512, outputBytes: 1_000_000 },
          // Nobody loses a build because the machine stood still; tests that are about that end the claims themselves.
          leaseMs: longMs,
          sweepEveryMs: 300,
          forgottenAfterMs: 500,
          tidyEveryMs: options.tidyEveryMs ?? longMs,
          readPackagesEveryMs: options.readPackagesEveryMs ?? longMs,
        },
      });
      workers.push(worker);
      return worker;
    },
    otherWorker: (haltAt, commits) => {
      const keysFile = `${directory.path}/keys.json`;
      return startOther(children, { databaseUrl: url, redisUrl: redis.url, keysFile, workDirectory, haltAt, commits });
    },
    killOthers: () => {
      for (const child of children.splice(0)) child.kill('SIGKILL');
    },
    expireClaims: async () => {
      await rows("UPDATE build SET claim_until = now() WHERE phase = 'running'");
    },
    project: () => makeProject(db),
    push: async (project, files, options = {}) => {
      const ref = `refs/heads/${options.branch ?? 'main'}`;
      const parent = options.parent ?? null;
      const made = source.commit(project.repository, { files, message: options.message ?? 'A commit', parent, ref });
      const body: BuiltinPushBody = {
        repository: project.repositoryId,
        ref,
        before: parent ?? zeros,
        after: made.sha,
        forced: false,
        pusher: 'usr_ada',
      };
      const bytes = Buffer.from(JSON.stringify(body));
      if (options.silent) return { ...made, delivery: 'dlv_none' as DeliveryId, body: bytes };
      const recorded = await recorder.record({
        host: 'builtin',
        hostDelivery: newId('dlv'),
        event: 'push',
        body: bytes,
      });
      return { ...made, delivery: recorded.delivery, body: bytes };
    },
    processed: (delivery) =>
      waitUntil('the delivery to be processed', async () => {
        const found = await row<DeliveryColumns>('SELECT phase, outcome, reason, message FROM delivery WHERE id = $1', [
          delivery,
        ]);
        return found.phase === 'processed' ? found : null;
      }),
    ended: (delivery) =>
      waitUntil('its builds to end', async () => {
        const found = await rows<BuildColumns>('SELECT * FROM build WHERE delivery_id = $1 ORDER BY id', [delivery]);
        return found.length > 0 && found.every(({ phase }) => phase !== 'queued' && phase !== 'running') ? found : null;
      }),
    logOf: async (build) => {
      const chunks = await rows<{ first_line: string; last_line: string; lines: { text: string }[] }>(
        'SELECT first_line, last_line, lines FROM log_chunk WHERE stream = $1 ORDER BY first_line',
        [build],
      );
      let next = 1;
      for (const chunk of chunks) {
        if (Number(chunk.first_line) !== next || Number(chunk.last_line) !== next + chunk.lines.length - 1)
          throw new Error('a gap in the log');
        next += chunk.lines.length;
      }
      return chunks.flatMap(({ lines }) => lines.map(({ text }) => text));
    },
    close: async () => {
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(workers.map((worker) => worker.stop()));
      await Promise.all(opened.map((each) => each.close()));
      await Promise.all([postgres.stop(), redis.stop()]);
      directory.remove();
    },
  };
}

async function startOther(children: ChildProcess[], given: OtherWorker): Promise<OtherProcess> {
  const script = fileURLToPath(new URL('./other-worker.ts', import.meta.url));
  const env = { PATH: process.env.PATH, OTHER_WORKER: JSON.stringify(given) };
  const child = spawn(process.execPath, ['-C', 'sconce-source', script], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const saying = async (what: string) =>
    void (await waitUntil(`the other worker to say "${what}"`, () => said.includes(what)));
  await saying('started');
  return {
    arrived: () => saying(`at ${given.haltAt}`),
    says: saying,
    kill: (signal) => void child.kill(signal),
    release: () => void child.stdin.write('\n'),
  };
}

function registryOf(builder: FakeBuilder, collected: ReadonlySet<string>): ImageRegistry {
  return {
    inspect: async (digest) => (collected.has(digest) ? null : (builder.images.get(digest)?.image ?? null)),
    list: async () => [],
    remove: async () => true,
  };
}

async function makeProject(db: Database): Promise<TestProject> {
  const [projectId, environmentId, repositoryId] = [newId('prj'), newId('env'), newId('rpo')];
  const slug = `p-${projectId.slice(-8)}`;
  await db.pool.query('INSERT INTO project (id, slug, name) VALUES ($1, $2, $2)', [projectId, slug]);
  await db.pool.query(
    "INSERT INTO environment (id, project_id, slug, name) VALUES ($1, $2, 'production', 'production')",
    [environmentId, projectId],
  );
  await db.pool.query(
    "INSERT INTO repository (id, project_id, slug, kind, host_id, full_name) VALUES ($1, $2, 'app', 'builtin', $1, $3)",
    [repositoryId, projectId, `${slug}/app`],
  );
  await db.pool.query(
    "INSERT INTO branch_rule (id, project_id, environment_id, branches) VALUES ($1, $2, $3, '{main}')",
    [newId('rul'), projectId, environmentId],
  );
  const repository = { host: 'builtin', hostId: repositoryId, fullName: `${slug}/app`, installationId: null } as const;
  return { projectId, environmentId, repositoryId, repository };
}
