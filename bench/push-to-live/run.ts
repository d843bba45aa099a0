import { execFileSync } from 'node:child_process';
import { waitUntil } from '@sconce/testkit';
import pg from 'pg';
import { findDockerClient } from '../../tests/support/docker-client.ts';
import { startPlatform } from '../../tests/support/platform.ts';
import { ensureTinyBase, tinyRepository } from '../../tests/support/tiny-service.ts';
import { openWorkshop, type Workshop } from '../../tests/support/workshop.ts';
import { PlainScript, untilAnswer } from './plain-script.ts';

/**
 * Push to the first 200 of the new release through the gateway, against a plain script that does push, `docker build`, `docker run` and asks until it
 * answers: same machine, same engine, same one-layer change, alternating. The service is the smallest there is, so that the platform's
 * own time is not hidden behind a model's.
 *
 * The limits count from the moment `git push` has finished; the script's time includes its push. From the push's start is printed as well.
 * Before each measurement both sides are at rest: the rollout before is over, its old replicas are gone and what is prepared for the next one
 * stands, so that nobody pays for another's clearing away. While the platform builds it is not asked for answers, as the script asks for none while it builds: every question starts a process
 * in the replica, on the processors that build.
 */
const turns = Number(process.argv[2] ?? 12);
const docker = findDockerClient();
ensureTinyBase(docker);
const platform = await startPlatform({ controlPlane: 'together' });
const database = new pg.Client({ connectionString: platform.databaseUrl });
try {
  await database.connect();
  await database.query('LISTEN sconce_event');
  const workshop = await openWorkshop(platform, 'bench', { watchMs: 0, drainTimeoutMs: 1_000 });
  const plain = new PlainScript(docker, workshop.clone.directory);
  try {
    await measure(workshop, plain);
  } finally {
    plain.remove();
    workshop.remove();
  }
} finally {
  await database.end();
  await platform.stop();
}

type Times = Record<'script' | 'push' | 'pushWhole' | 'sameTree' | 'sameTreeWhole' | 'variables', number[]>;

async function measure(workshop: Workshop, plain: PlainScript): Promise<void> {
  const times: Times = { script: [], push: [], pushWhole: [], sameTree: [], sameTreeWhole: [], variables: [] };
  for (let turn = 0; turn <= turns; turn += 1) {
    const body = `turn ${turn} ${Date.now()}`;
    const commit = workshop.clone.commit(tinyRepository({ body }), `Turn ${turn}`);
    // Who goes first builds the layer; so both use a tag of their own and the script's context differs by a file.
    const one = async () => void times.script.push(await plain.deploy(body));
    const other = async () => {
      const took = await pushed(workshop, commit, body);
      times.push.push(took.sincePushedMs);
      times.pushWhole.push(took.sinceStartMs);
    };
    for (const side of turn % 2 === 0 ? [one, other] : [other, one]) {
      await atRest();
      await side();
    }
    await atRest();
    const again = await sameTree(workshop);
    times.sameTree.push(again.sincePushedMs);
    times.sameTreeWhole.push(again.sinceStartMs);
    await atRest();
    times.variables.push(await variablesOnly(workshop, `v${turn}`));
  }
  // The first turn warms both sides: caches of the engine, of git, of the runtime.
  for (const list of Object.values(times)) list.shift();
  const base = median(times.script);
  print('plain script', times.script, base, null);
  print('push to live', times.push, base, 1.15);
  print('  from the push’s start', times.pushWhole, base, null);
  print('same tree again', times.sameTree, base, 0.1);
  print('  from the push’s start', times.sameTreeWhole, base, null);
  print('variables only', times.variables, base, 0.4);
}

interface Took {
  readonly sincePushedMs: number;
  readonly sinceStartMs: number;
}

async function pushed(workshop: Workshop, commit: string, body: string): Promise<Took> {
  const began = performance.now();
  await workshop.clone.push();
  const pushedAt = performance.now();
  await untilReleased(commit);
  await untilAnswer(workshop.url.href, body);
  const answeredAt = performance.now();
  return { sincePushedMs: answeredAt - pushedAt, sinceStartMs: answeredAt - began };
}

/** An empty commit: nothing to build, nothing to start; until the gateway answers as the new release. */
async function sameTree(workshop: Workshop): Promise<Took> {
  const before = await answeringRelease(workshop);
  workshop.clone.commit({}, 'Nothing changed');
  const began = performance.now();
  await workshop.clone.push();
  const pushedAt = performance.now();
  await untilRelease(workshop, before + 1);
  const answeredAt = performance.now();
  return { sincePushedMs: answeredAt - pushedAt, sinceStartMs: answeredAt - began };
}

async function variablesOnly(workshop: Workshop, value: string): Promise<number> {
  const before = await answeringRelease(workshop);
  const began = performance.now();
  await workshop.client.updateServiceVariables({
    params: { service: workshop.service },
    body: { GREETING: value },
    query: { deploy: 'true' },
  });
  await untilRelease(workshop, before + 1);
  const tookMs = performance.now() - began;
  await untilAnswer(new URL('greeting.txt', workshop.url).href, value);
  return tookMs;
}

/** Resolves when the commit has its release, told by the platform's own events. */
async function untilReleased(commit: string): Promise<void> {
  const released = Promise.withResolvers<void>();
  const look = () =>
    database
      .query('SELECT 1 FROM release WHERE commit = $1', [commit])
      .then(({ rowCount }) => (rowCount === 0 ? undefined : released.resolve()), released.reject);
  database.on('notification', look);
  try {
    await look();
    await within(60_000, `release of ${commit}`, released.promise);
  } finally {
    database.off('notification', look);
  }
}

/**
 * Resolves when no rollout is under way, each service has no more replicas than its live release, and a sandbox stands ready for its next one,
 * which takes a second from going live.
 */
async function atRest(): Promise<void> {
  await waitUntil(
    'the platform to be at rest',
    async () => {
      const { rows } = await database.query<{ moving: boolean }>(`
        SELECT EXISTS (SELECT 1 FROM rollout WHERE phase NOT IN ('complete', 'aborted', 'superseded'))
          OR EXISTS (SELECT 1 FROM replica x JOIN service s ON s.id = x.service_id LEFT JOIN release l ON l.id = s.live_release_id
            WHERE l.replica_set_id IS DISTINCT FROM x.release_id) AS moving`);
      return rows[0]?.moving === false && (running('replica') === 0 || running('sandbox') > running('replica'));
    },
    60_000,
    50,
  );
}

function running(kind: 'replica' | 'sandbox'): number {
  const mine = ['--filter', `label=sconce.kind=${kind}`, '--filter', `label=sconce.project=bench`];
  const ids = execFileSync(docker, ['ps', '--quiet', ...mine], { encoding: 'utf8' });
  return ids.split('\n').filter((id) => id !== '').length;
}

async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  const late = AbortSignal.timeout(ms);
  const tooLate = new Promise<never>((_, reject) =>
    late.addEventListener('abort', () => reject(new Error(`no ${what} within ${ms} ms`))),
  );
  return Promise.race([work, tooLate]);
}

/** Number of the release that answers now, as the gateway says it. */
async function answeringRelease(workshop: Workshop): Promise<number> {
  const answer = await fetch(workshop.url);
  await answer.text();
  return Number(answer.headers.get('x-sconce-release')?.slice(1));
}

async function untilRelease(workshop: Workshop, number: number): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    if ((await answeringRelease(workshop)) >= number) return;
    // As often as the script asks.
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`r${number} did not go live`);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function print(name: string, values: readonly number[], base: number, limit: number | null): void {
  const middle = median(values);
  const ratio = middle / base;
  const verdict = limit === null ? '' : ` (limit ${limit}: ${ratio <= limit ? 'met' : 'NOT met'})`;
  process.stdout.write(
    `${name.padEnd(24)} median ${middle.toFixed(0).padStart(5)} ms, ${Math.min(...values).toFixed(0)}-${Math.max(...values).toFixed(0)} ms over ${values.length}  ratio ${ratio.toFixed(2)}${verdict}\n`,
  );
}
