// CPU per request of the gateway beside HAProxy and Go's reverse proxy: `node -C sconce-source bench/gateway/run.ts`.
// Two arguments, both optional: rounds, and seconds of each turn. The three take turns on one core; client and replica share another. Only ratios of one run mean something.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installWhatIsMissing } from './install.ts';
import { cpuSeconds, loadOnce, sleep } from './measure.ts';
import { type Contender, makeContenders, type Part, startReplica } from './parts.ts';

interface Case {
  readonly name: string;
  readonly path: string;
  readonly bodyBytes: number;
}

const cases: readonly Case[] = [
  { name: 'tiny JSON answer, GET', path: '/small', bodyBytes: 0 },
  { name: 'tiny JSON answer, POST of 1 KB', path: '/small', bodyBytes: 1024 },
  { name: '100 KB answer, GET', path: '/large', bodyBytes: 0 },
  { name: 'tiny JSON answer, POST of 100 KB', path: '/small', bodyBytes: 100 * 1024 },
];
const rounds = Number(process.argv[2] ?? 5);
const seconds = Number(process.argv[3] ?? 3);
const connections = 32;
const host = 'bench-prod-p.localhost';

const directory = await mkdtemp(join(tmpdir(), 'sconce-bench-gateway-'));
const parts: Part[] = [];
try {
  const tool = await installWhatIsMissing(directory);
  parts.push(await startReplica(tool));
  const contenders = await makeContenders(tool, directory);
  parts.push(...contenders);
  const figures = new Map<string, number[]>();
  for (const each of cases) {
    for (const contender of contenders) await measure(tool, contender, each, 1);
    for (let round = 0; round < rounds; round += 1) {
      for (const contender of contenders) {
        const key = `${each.name}|${contender.name}`;
        figures.set(key, [...(figures.get(key) ?? []), await measure(tool, contender, each, seconds)]);
      }
    }
    report(each, contenders, figures);
  }
} finally {
  for (const part of parts.reverse()) await part.stop();
  await rm(directory, { recursive: true, force: true });
}

/** Microseconds of CPU, user and system, per request. */
async function measure(tool: string, contender: Contender, each: Case, forSeconds: number): Promise<number> {
  const before = await cpuSeconds(contender.pid);
  const load = await loadOnce(tool, { address: contender.address, host, ...each, connections, seconds: forSeconds });
  const used = (await cpuSeconds(contender.pid)) - before;
  await sleep(100);
  return (used * 1e6) / load.requests;
}

function report(each: Case, contenders: readonly Contender[], figures: ReadonlyMap<string, number[]>): void {
  const rows = contenders.map(({ name }) => ({ name, values: figures.get(`${each.name}|${name}`) ?? [] }));
  const gateway = median(rows.find((row) => row.name === 'gateway')?.values ?? []);
  process.stdout.write(`\n${each.name} (${rounds} rounds of ${seconds} s, ${connections} connections)\n`);
  for (const { name, values } of rows) {
    const spread = `${Math.min(...values).toFixed(1)}-${Math.max(...values).toFixed(1)}`;
    const ratio = name === 'gateway' ? '' : `   gateway / ${name} = ${(gateway / median(values)).toFixed(2)}`;
    process.stdout.write(`  ${name.padEnd(8)} ${median(values).toFixed(1).padStart(6)} us (${spread})${ratio}\n`);
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
