import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * How long `sconce --version`, `--help` and a completion take, against a Node that does nothing and against other command lines, taking turns in one run.
 * The bundle is measured, since that is what is installed; build first.
 */
const rounds = Number(process.argv[2] ?? 30);
const root = fileURLToPath(new URL('../../', import.meta.url));
const sconce = [process.execPath, `${root}apps/cli/bundle/main.js`];

const commands: Readonly<Record<string, readonly string[]>> = {
  'node -e 0': [process.execPath, '-e', '0'],
  'sconce --version': [...sconce, '--version'],
  'sconce --help': [...sconce, '--help'],
  'sconce builds --help': [...sconce, 'builds', '--help'],
  'sconce complete': [...sconce, 'complete', '--', 'roll'],
  'npm --version': ['npm', '--version'],
  'git --version': ['git', '--version'],
};

const limitMs = 150;
const held = ['sconce --version', 'sconce --help'];

function timeOf([program = '', ...args]: readonly string[]): number {
  const startedAt = performance.now();
  const { status, error } = spawnSync(program, args, {
    stdio: 'ignore',
    env: { PATH: process.env.PATH, HOME: '/nonexistent' },
  });
  if (error || status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}`, { cause: error });
  return performance.now() - startedAt;
}

const times: Record<string, number[]> = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
for (const words of Object.values(commands)) timeOf(words);
for (let round = 0; round < rounds; round += 1)
  for (const [name, words] of Object.entries(commands)) times[name]?.push(timeOf(words));

const at = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
const plain = at(times['node -e 0'] ?? [], 0.5);
process.stdout.write(`${rounds} rounds, taking turns; milliseconds\n`);
for (const [name, values] of Object.entries(times)) {
  const [p50, p95] = [at(values, 0.5), at(values, 0.95)];
  const ratio = (p50 / plain).toFixed(2);
  process.stdout.write(
    `${name.padEnd(22)} p50 ${p50.toFixed(0).padStart(4)}  p95 ${p95.toFixed(0).padStart(4)}  ${ratio}x node -e 0\n`,
  );
}
const worst = Math.max(...held.map((name) => at(times[name] ?? [], 0.5)));
process.stdout.write(
  `limit ${limitMs} ms for ${held.join(' and ')}: ${worst <= limitMs ? 'kept' : 'missed'} (${worst.toFixed(0)} ms)\n`,
);
process.exitCode = worst <= limitMs ? 0 : 1;
