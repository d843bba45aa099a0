import { randomBytes } from 'node:crypto';
import type { DeepPartial, ServiceId, ServiceSettings } from '@sconce/core';
import { type Database, wake } from '@sconce/db';
import { type CreatedRelease, createReleaseIn, type NewReleaseInput, type ReleaseRefused } from '@sconce/engine';
import { type Log, newId, silentLog, systemClock } from '@sconce/foundation';
import type { ClusterFactory, ImageRegistry, Runtime } from '@sconce/ports';
import { createKeysFile, loadKeys, openerFor, sealerFor } from '@sconce/secrets-local';
import {
  type FakeEngine,
  fakeEngine,
  fakeRuntime,
  freePort,
  openPatientDatabase,
  type ReplicaBehaviour,
  type TemporaryPostgres,
  temporaryDirectory,
  temporaryPostgres,
  waitUntil,
} from '@sconce/testkit';
import { type ExecLimits, usualExecLimits } from '../exec/exec-server.ts';
import { type Scheduler, startScheduler } from '../start-scheduler.ts';
import { FakeGateway } from './fake-gateway.ts';

export const linkToken = 'a-token-for-tests-only';

/** Settings with times that a test can wait for, where it is about them; what nobody waits for is long. */
export const quickSettings: DeepPartial<ServiceSettings> = {
  port: 8000,
  probe: { startupTimeoutMs: 300_000, periodMs: 50, failureThreshold: 2 },
  drainTimeoutMs: 300,
  watchMs: 1_500,
};

/** Of the reconciler's work list; the looks at a cluster and at a service that stands are further apart. */
const shortestPollMs = 5_000;
const longMs = 3_600_000;

/** The machine's clock, on which no poll ever comes: what is done within a test was done for a wake. */
export const clockWithoutPolls: typeof systemClock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms >= shortestPollMs ? longMs : ms, signal),
};

export interface TestService {
  readonly id: ServiceId;
  readonly projectId: string;
  readonly environmentId: string;
  /** `project/environment/service` */
  readonly name: string;
}

/** Real Postgres and a real link; an engine in memory; as many schedulers and gateways as a test wants. */
export interface SchedulerWorld {
  readonly postgres: TemporaryPostgres;
  readonly db: Database;
  readonly engine: FakeEngine;
  readonly runtime: Runtime;
  readonly images: Set<string>;
  readonly deps: {
    readonly db: Database;
    readonly clock: typeof systemClock;
    readonly log: Log;
    readonly imageRegistry: ImageRegistry;
    readonly variableSealer: ReturnType<typeof sealerFor>;
    readonly secretSealer: ReturnType<typeof sealerFor>;
  };
  startScheduler(options?: {
    readonly port?: number;
    readonly log?: Log;
    readonly runtime?: Runtime;
    readonly deathAt?: DeathAt | null;
    readonly clock?: typeof systemClock;
    readonly openCluster?: ClusterFactory;
    readonly execLimits?: ExecLimits;
    readonly mayExec?: boolean;
  }): CrashableScheduler;
  /** As if the time a dead leader's lease runs on had passed. */
  expireLease(): Promise<void>;
  /** Links to whatever scheduler has the world's port. */
  gateway(id?: string): FakeGateway;
  service(settings?: DeepPartial<ServiceSettings>): Promise<TestService>;
  /** As the API deletes it: marked, and woken, in one transaction. */
  deleteService(service: { readonly id: string }): Promise<void>;
  /** Makes an image that behaves so, and a release of it. */
  deploy(service: TestService, behaviour?: ReplicaBehaviour, input?: Partial<NewReleaseInput>): Promise<CreatedRelease>;
  tryDeploy(service: TestService, input?: Partial<NewReleaseInput>): Promise<CreatedRelease | ReleaseRefused>;
  rows<T extends object = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<T[]>;
  rollout(id: string): Promise<RolloutColumns>;
  /** Waits until the rollout is in one of these phases. */
  reaches(rolloutId: string, ...phases: string[]): Promise<RolloutColumns>;
  isLive(service: TestService, release: CreatedRelease): Promise<void>;
  /** Requests that would have failed: sent to a replica that was gone, stopping or had never been ready. */
  readonly lost: string[];
  close(): Promise<void>;
}

export interface CrashableScheduler extends Scheduler {
  /** As kill -9: nothing it does from now on has any effect, and it gives nothing back. */
  crash(): void;
  isDead(): boolean;
}

export interface RolloutColumns {
  readonly id: string;
  readonly phase: string;
  readonly strategy: string | null;
  readonly cause: string;
  readonly release_id: string;
  readonly reason: string | null;
  readonly message: string | null;
  readonly last_lines: { readonly text: string }[];
  readonly generation: number;
}

export async function schedulerWorld(): Promise<SchedulerWorld> {
  const postgres = await temporaryPostgres();
  const url = await postgres.database();
  const db = openPatientDatabase({ url });
  const directory = temporaryDirectory('scheduler');
  await createKeysFile(`${directory.path}/keys.json`);
  const keys = await loadKeys({ file: `${directory.path}/keys.json` });
  const engine = fakeEngine(systemClock);
  const runtime = fakeRuntime(engine);
  const images = new Set<string>();
  const linkPort = await freePort();
  const schedulers: CrashableScheduler[] = [];
  const gateways: FakeGateway[] = [];
  const lost: string[] = [];
  const imageRegistry = registryOf(images);
  const deps = {
    db,
    clock: systemClock,
    log: silentLog,
    imageRegistry,
    variableSealer: sealerFor(keys, 'variable'),
    secretSealer: sealerFor(keys, 'secret'),
  };
  const openers = { secretOpener: openerFor(keys, 'secret'), variableOpener: openerFor(keys, 'variable') };

  const wasReady = new Set<string>();
  const traffic = setInterval(() => {
    for (const replica of engine.replicas.values()) if (replica.observe().health === 'ready') wasReady.add(replica.id);
    for (const gateway of gateways) {
      for (const route of gateway.table?.routes ?? []) {
        for (const id of gateway.replicasOf(route.name)) {
          const replica = engine.replicas.get(id);
          if (replica === undefined) lost.push(`${id.slice(0, 6)} is gone`);
          else if (replica.isStopping()) lost.push(`${id.slice(0, 6)} is stopping`);
          else if (!wasReady.has(id)) lost.push(`${id.slice(0, 6)} was never ready`);
        }
      }
    }
  }, 1);

  const rows: SchedulerWorld['rows'] = async <T extends object>(sql: string, values: unknown[] = []) =>
    (await db.pool.query<T & Record<string, unknown>>(sql, values)).rows;
  const rollout = async (id: string): Promise<RolloutColumns> => {
    const [row] = await rows<RolloutColumns>('SELECT * FROM rollout WHERE id = $1', [id]);
    if (!row) throw new Error(`no rollout ${id}`);
    return row;
  };
  const tryDeploy: SchedulerWorld['tryDeploy'] = (service, input = {}) =>
    db.transaction((tx) =>
      createReleaseIn(tx, deps, {
        serviceId: service.id,
        imageDigest: newDigest(images),
        buildId: null,
        commit: null,
        commitMessage: '',
        commitAuthor: '',
        ref: null,
        position: null,
        fileSettings: null,
        cause: 'manual',
        actor: null,
        ...input,
      }),
    );

  return {
    postgres,
    db,
    engine,
    runtime,
    images,
    deps,
    rows,
    rollout,
    tryDeploy,
    lost,
    startScheduler: ({
      port = linkPort,
      log = silentLog,
      runtime: on = runtime,
      deathAt = null,
      clock = systemClock,
      openCluster = noOtherCluster,
      execLimits = usualExecLimits,
      mayExec = true,
    } = {}) => {
      const own = openPatientDatabase({ url, maxConnections: 8 });
      const life = new Life(deathAt);
      const parts = { db: life.of(own), clock, log, runtime: life.of(on), openCluster, imageRegistry, ...openers };
      const scheduler = startScheduler({
        ...parts,
        execLimits,
        mayExec,
        link: { host: '127.0.0.1', port, token: linkToken },
      });
      const stop = async () => {
        await scheduler.stop();
        await own.close();
      };
      const crash = () => {
        life.end();
        void scheduler.stop().catch(() => {});
        // What a dead process had open is closed by its machine.
        void own.close().catch(() => {});
      };
      const crashable: CrashableScheduler = { ...scheduler, stop, crash, isDead: () => life.isOver };
      schedulers.push(crashable);
      return crashable;
    },
    expireLease: async () => {
      await rows("UPDATE lease SET expires_at = now() - interval '1 second'");
    },
    gateway: (id = `gtw_${gateways.length + 1}`) => {
      const gateway = new FakeGateway({ id, token: linkToken, port: () => linkPort });
      gateways.push(gateway);
      return gateway;
    },
    service: (settings = quickSettings) => makeService(rows, settings),
    deleteService: ({ id }) =>
      db.transaction(async (tx) => {
        await tx.$executeRaw`UPDATE service SET deleted_at = now() WHERE id = ${id}`;
        await wake(tx, 'service', id);
      }),
    deploy: async (service, behaviour, input = {}) => {
      const imageDigest = input.imageDigest ?? newDigest(images);
      if (behaviour) engine.program(imageDigest, behaviour);
      const created = await tryDeploy(service, { ...input, imageDigest });
      if ('reason' in created) throw new Error(`refused: ${created.reason}`);
      return created;
    },
    reaches: (id, ...phases) =>
      waitUntil(
        `rollout in ${phases.join(' or ')}`,
        async () => {
          const row = await rollout(id);
          return phases.includes(row.phase) ? row : null;
        },
        undefined,
        5,
      ),
    isLive: async (service, release) => {
      await waitUntil(
        `r${release.release.number} to be live`,
        async () => {
          const [row] = await rows<{ live: string }>('SELECT live_release_id AS live FROM service WHERE id = $1', [
            service.id,
          ]);
          return row?.live === release.release.id;
        },
        undefined,
        5,
      );
    },
    close: async () => {
      clearInterval(traffic);
      for (const gateway of gateways) gateway.stop();
      await Promise.allSettled(
        schedulers.filter((scheduler) => !scheduler.isDead()).map((scheduler) => scheduler.stop()),
      );
      await db.close();
      await postgres.stop();
      directory.remove();
    },
  };
}

const noOtherCluster: ClusterFactory = ({ name }) => {
  throw new Error(`this test gave no cluster ${name}`);
};

function newDigest(images: Set<string>): string {
  const digest = `sha256:${randomBytes(32).toString('hex')}`;
  images.add(digest);
  return digest;
}

async function makeService(rows: SchedulerWorld['rows'], settings: DeepPartial<ServiceSettings>): Promise<TestService> {
  const tail = randomBytes(4).toString('hex');
  const [projectId, environmentId, id] = [newId('prj'), newId('env'), newId('svc')];
  await rows('INSERT INTO project (id, slug, name) VALUES ($1, $2, $2)', [projectId, `p-${tail}`]);
  await rows("INSERT INTO environment (id, project_id, slug, name) VALUES ($1, $2, 'production', 'production')", [
    environmentId,
    projectId,
  ]);
  await rows(
    "INSERT INTO service (id, environment_id, slug, name, settings, secret_groups) VALUES ($1, $2, 'web', 'web', $3, '{}')",
    [id, environmentId, settings],
  );
  return { id, projectId, environmentId, name: `p-${tail}/production/web` };
}

function registryOf(images: Set<string>): ImageRegistry {
  return {
    inspect: async (digest) =>
      images.has(digest) ? { digest, sizeBytes: 1, architecture: 'amd64', exposedPorts: [8000], layers: [] } : null,
    list: async () =>
      [...images].map((digest) => ({ digest, labels: {}, sizeBytes: 1, createdAt: new Date().toISOString() })),
    remove: async (digest) => images.delete(digest) || true,
  };
}

/** A process that can die, also in the middle: before or after its n-th effect. */
class Life {
  private readonly ended = new AbortController();
  private readonly deathAt: DeathAt | null;
  private effects = 0;

  constructor(deathAt: DeathAt | null) {
    this.deathAt = deathAt;
  }

  get isOver(): boolean {
    return this.ended.signal.aborted;
  }

  end(): void {
    this.ended.abort();
  }

  /** The same thing while it lives; afterwards every call of it waits for ever, as for a process that is gone. */
  of<T extends object>(thing: T): T {
    return new Proxy(thing, {
      get: (target, key, receiver) => {
        const value: unknown = Reflect.get(target, key, receiver);
        if (typeof value === 'object' && value !== null && (key === 'tx' || key === 'pool')) return this.of(value);
        if (typeof value !== 'function') return value;
        const isEffect = key === 'transaction' || key === 'apply' || key === 'retire';
        return (...args: unknown[]) => {
          if (this.isOver) return new Promise(() => {});
          return isEffect ? this.effect(() => value.apply(target, args)) : value.apply(target, args);
        };
      },
    });
  }

  private async effect(work: () => Promise<unknown>): Promise<unknown> {
    this.effects += 1;
    const isLast = this.deathAt?.effect === this.effects;
    if (isLast && this.deathAt?.when === 'before') this.end();
    const answer = this.isOver ? null : await work();
    if (isLast) this.end();
    return this.isOver ? new Promise(() => {}) : answer;
  }
}

export interface DeathAt {
  readonly effect: number;
  readonly when: 'before' | 'after';
}
