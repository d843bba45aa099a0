import { fileURLToPath } from 'node:url';
import { run } from '@sconce/foundation';

/**
 * Memory and CPU of the idle platform, everything that `npm run up` started included: container engine, Postgres, Redis, gateway and control
 * plane. Judged is what they take of the machine's memory: pages that several processes share (Postgres' buffers, programs) counted once. The sum of what each
 * has resident, which counts those in every process, is printed beside it. It looks at the installation in SCONCE_HOME (default .sconce), which has to be up and quiet; replicas of services are not counted.
 *
 * node -C sconce-source bench/idle/run.ts [seconds]
 */
const seconds = Number(process.argv[2] ?? 60);
const limits = { memoryMiB: 600, cpuPercent: 3 };

interface Footprint {
  readonly parts: readonly {
    readonly name: string;
    readonly processes: number;
    readonly rssMiB: number;
    readonly pssMiB: number;
    readonly cpuPercent: number;
  }[];
  readonly rssMiB: number;
  readonly pssMiB: number;
  readonly cpuPercent: number;
}

const script = fileURLToPath(new URL('../../tools/bootstrap/footprint.mjs', import.meta.url));
const env = {
  PATH: process.env.PATH ?? '',
  ...(process.env.SCONCE_HOME ? { SCONCE_HOME: process.env.SCONCE_HOME } : {}),
};
const { stdout } = await run(process.execPath, [script, String(seconds)], { env, timeoutMs: (seconds + 30) * 1_000 });
const footprint = JSON.parse(stdout.toString()) as Footprint;

if (footprint.parts.length === 0) {
  process.stderr.write(`Nothing runs in ${process.env.SCONCE_HOME ?? '.sconce'}. Start it with: npm run up\n`);
  process.exitCode = 2;
} else print(footprint);

function print({ parts, rssMiB, pssMiB, cpuPercent }: Footprint): void {
  const line = (name: string, rss: number, pss: number, cpu: number) =>
    process.stdout.write(
      `${name.padEnd(16)} ${rss.toFixed(0).padStart(6)} MiB resident  ${pss.toFixed(0).padStart(6)} MiB with shared pages once  ${cpu.toFixed(2).padStart(6)} % of a core\n`,
    );
  for (const part of parts) line(part.name, part.rssMiB, part.pssMiB, part.cpuPercent);
  line('all', rssMiB, pssMiB, cpuPercent);
  const verdict = (is: number, limit: number) =>
    `${is.toFixed(1)} (limit ${limit}: ${is <= limit ? 'met' : 'NOT met'})`;
  process.stdout.write(`memory MiB       ${verdict(pssMiB, limits.memoryMiB)}\n`);
  process.stdout.write(`% of one core    ${verdict(cpuPercent, limits.cpuPercent)} over ${seconds} s\n`);
  if (pssMiB > limits.memoryMiB || cpuPercent > limits.cpuPercent) process.exitCode = 1;
}
