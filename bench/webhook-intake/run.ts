// Webhook intake beside an ordinary handler: `npm run build && node -C sconce-source bench/webhook-intake/run.ts [rounds] [seconds]`.
// Same payload, same Postgres with durable settings, alternating rounds; only the ratio of one run means something. Then a check that
// kill -9 of the API and of Postgres loses no delivery that was acknowledged.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { temporaryPostgres, temporaryRedis } from '@sconce/testkit';
import { checkKills } from './kill-check.ts';
import { type Server, sendLoad, startApi, startOrdinary } from './servers.ts';

const rounds = Number(process.argv[2] ?? 5);
const seconds = Number(process.argv[3] ?? 4);
const connections = 64;
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
  const servers = [
    await startOrdinary(await postgres.database(), redis.url),
    await startApi(await postgres.database()),
  ];
  for (const server of servers) await sendLoad(server.port, bodyFile, { connections, seconds: 2 });
  const rates = new Map<string, number[]>(servers.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const server of round % 2 === 0 ? servers : servers.toReversed())
      rates.get(server.name)?.push(await rateOf(server));
  }
  for (const server of servers) await server.stop();
  const [ordinary, sconce] = servers.map(({ name }) => median(rates.get(name) ?? []));
  for (const [name, list] of rates)
    print(
      `${name.padEnd(9)} ${list.map((rate) => Math.round(rate)).join(' ')} per s, median ${Math.round(median(list))}`,
    );
  const ratio = (sconce ?? 0) / (ordinary ?? 1);
  print(`ratio     ${ratio.toFixed(2)}x of the ordinary handler (at least ${wanted}x wanted)`);
  return ratio;
}

async function rateOf(server: Server): Promise<number> {
  const result = await sendLoad(server.port, bodyFile, { connections, seconds });
  if (result.refused > 0) throw new Error(`${server.name} refused ${result.refused} deliveries`);
  return (result.accepted * 1_000) / result.tookMs;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
