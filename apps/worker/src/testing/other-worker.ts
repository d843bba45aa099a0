import { type Log, silentLog, systemClock } from '@sconce/foundation';
import type { Builder } from '@sconce/ports';
import { openQueue } from '@sconce/queue';
import { loadKeys, openerFor, sealerFor } from '@sconce/secrets-local';
import { fakeBuilder, fakeSourceHost, openPatientDatabase } from '@sconce/testkit';
import { startWorker } from '../start-worker.ts';

/**
 * A worker in a process of its own, for tests that kill or stop it at a chosen moment. It says `at <step>` on standard output when it
 * gets there, and goes on only when it reads a line.
 */
const given = JSON.parse(process.env.OTHER_WORKER ?? '{}') as OtherWorker;

export interface OtherWorker {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly keysFile: string;
  readonly workDirectory: string;
  readonly haltAt: 'resolveRef' | 'checkOut' | 'build' | 'built';
  /** What is pushed: made here too, with the same object names. */
  readonly commits: readonly Parameters<ReturnType<typeof fakeSourceHost>['commit']>[];
}

const released = new Promise<void>((resolve) => process.stdin.once('data', () => resolve()));
const halt = async (step: OtherWorker['haltAt']) => {
  if (step !== given.haltAt) return;
  process.stdout.write(`at ${step}\n`);
  await released;
};

const source = fakeSourceHost();
for (const commit of given.commits) source.commit(...commit);
const images = fakeBuilder();
const builder: Builder = {
  build: async (request, onOutput, signal) => {
    onOutput(Buffer.from('said by the other worker\n'));
    await halt('build');
    const image = await images.build(request, onOutput, signal);
    await halt('built');
    return image;
  },
};
const host = {
  ...source,
  resolveRef: async (...args: Parameters<typeof source.resolveRef>) => {
    await halt('resolveRef');
    return source.resolveRef(...args);
  },
  checkOut: async (...args: Parameters<typeof source.checkOut>) => {
    await halt('checkOut');
    return source.checkOut(...args);
  },
};
/** What it warns of, so that a test can wait for it. */
const log: Log = { ...silentLog, warn: (_, message) => void process.stdout.write(`${message}\n`), child: () => log };
const keys = await loadKeys({ file: given.keysFile });
await startWorker({
  db: openPatientDatabase({ url: given.databaseUrl }),
  clock: systemClock,
  log,
  queue: openQueue({ url: given.redisUrl, log: silentLog, lockMs: 1_000 }),
  sources: { builtin: host, github: null },
  builder,
  images: { inspect: async () => null, list: async () => [], remove: async () => true },
  packageReader: { read: async () => null },
  secretOpener: openerFor(keys, 'secret'),
  variableSealer: sealerFor(keys, 'variable'),
  settings: {
    workDirectory: given.workDirectory,
    buildsAtOnce: 2,
    limits: { timeMs: 60_000, memoryMiB: 512, outputBytes: 1_000_000 },
    leaseMs: 3_600_000,
    sweepEveryMs: 300,
    forgottenAfterMs: 500,
    tidyEveryMs: 3_600_000,
    readPackagesEveryMs: 3_600_000,
  },
});
process.stdout.write('started\n');
