// Webhook intake beside an ordinary handler: `npm run build && node -C sconce-source bench/webhook-intake/run.ts [rounds] [seconds]`.
// Same payload, same Postgres with durable settings, alternating rounds; only the ratio of one run means something. Then a check that
// kill -9 of the API and of Postgres loses no delivery that was acknowledged.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { temporaryPostgres, temporaryRedis } from '@sconce/testkit';
import { checkKills } from './kill-check.ts';
import { installWrk, type Measured, measure, postmasterOf, redisPid } from './measure.ts';
import { startApi, startOrdinary } from './servers.ts';

const rounds = Number(process.argv[2] ?? 5);
const seconds = Number(process.argv[3] ?? 4);
// Enough that both are at their limit, not waiting for the client.
const connections = 256;
const wanted = 3;

const examples = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly {
  readonly name: string;
  readonly examples: readonly object[];
}[];
const directory = mkdtempSync(join(tmpdir(), 'sconce-bench-intake-'));
const bodyFile = join(directory, 'push.json');
writeFileSync(bodyFile, JSON.stringify(examples.find(({ name }) => name === 'push')?.examples[0]));
const postgres = await temporaryPostgres();
const redis = await temporaryRedis();
try {
  const ratio = await compare();
  const check = await checkKills(postgres, await postgres.database(), bodyFile);
  print(`kill -9 of API and Postgres, ${check.kills} times: ${check.acknowledged} acknowledged, ${check.lost} lost`);
  process.exitCode = ratio >= wanted && check.lost === 0 && check.acknowledged > 0 ? 0 : 1;
} finally {
  await redis.stop();
  await postgres.stop();
  rmSync(directory, { recursive: true, force: true });
}

async function compare(): Promise<number> {
  await installWrk();
  const servers = [
    await startOrdinary(await postgres.database(), redis.url),
    await startApi(await postgres.database()),
  ];
  const helpers = [await postmasterOf(postgres.url), await redisPid(redis.url)];
  for (const server of servers) await measure(server, helpers, bodyFile, connections, 2);
  const figures = new Map<string, Measured[]>(servers.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const server of round % 2 === 0 ? servers : servers.toReversed()) {
      figures.get(server.name)?.push(await measure(server, helpers, bodyFile, connections, seconds));
    }
  }
  for (const server of servers) await server.stop();
  const [ordinary, sconce] = servers.map(({ name }) => summary(name, figures.get(name) ?? []));
  if (!ordinary || !sconce) throw new Error('nothing was measured');
  const ratio = sconce.perSecond / ordinary.perSecond;
  const cheaper = ordinary.cpuMicrosPerDelivery / sconce.cpuMicrosPerDelivery;
  print(
    `ratio     ${ratio.toFixed(2)}x the deliveries a second (at least ${wanted}x wanted), at ${cheaper.toFixed(2)}x less CPU for each`,
  );
  return ratio;
}

function summary(name: string, list: readonly Measured[]): Measured {
  const rates = list.map(({ perSecond }) => perSecond);
  const cpu = median(list.map(({ cpuMicrosPerDelivery }) => cpuMicrosPerDelivery));
  const all = rates.map((rate) => Math.round(rate)).join(' ');
  print(
    `${name.padEnd(9)} ${all} per s, median ${Math.round(median(rates))}; CPU with Postgres and Redis ${Math.round(cpu)} us each`,
  );
  return { perSecond: median(rates), cpuMicrosPerDelivery: cpu };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
