// node tools/bootstrap/footprint.mjs [seconds]: memory and CPU of everything that `npm run up` started, as one JSON object.
// Replicas of services are not counted: they are what people run on the platform, not the platform.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { recordedProcesses, runningProcess, statOf } from './machine/processes.mjs';

const seconds = Number(process.argv[2] ?? 20);
const ticksPerSecond = 100;

const before = cpuTicks();
await sleep(seconds * 1000);
const after = cpuTicks();
const parts = trees().map(({ name, pids }) => {
  const memory = pids.map(memoryMiB);
  const ticks = (after.get(name) ?? 0) - (before.get(name) ?? 0);
  const sum = (key) => Math.round(memory.reduce((total, each) => total + each[key], 0) * 10) / 10;
  return {
    name,
    processes: pids.length,
    rssMiB: sum('rss'),
    pssMiB: sum('pss'),
    cpuPercent: Math.round((ticks / ticksPerSecond / seconds) * 10_000) / 100,
  };
});
const total = (key) => Math.round(parts.reduce((sum, part) => sum + part[key], 0) * 100) / 100;
process.stdout.write(
  `${JSON.stringify({ seconds, parts, rssMiB: total('rssMiB'), pssMiB: total('pssMiB'), cpuPercent: total('cpuPercent') }, null, 2)}\n`,
);

/** Of each part: its supervisor and all processes below it, but for what runs containers. */
function trees() {
  const pids = readdirSync('/proc')
    .filter((each) => /^\d+$/.test(each))
    .map(Number);
  const parents = new Map(pids.map((pid) => [pid, statOf(pid)?.parent]));
  return recordedProcesses().flatMap((name) => {
    const top = runningProcess(name)?.pid;
    if (top === undefined) return [];
    const isBelow = (pid) => pid === top || (parents.get(pid) > 1 && isBelow(parents.get(pid)));
    return [{ name, pids: pids.filter((pid) => isBelow(pid) && !commandOf(pid).includes('containerd-shim')) }];
  });
}

function cpuTicks() {
  return new Map(
    trees().map(({ name, pids }) => [name, pids.reduce((sum, pid) => sum + (statOf(pid)?.cpuTicks ?? 0), 0)]),
  );
}

function memoryMiB(pid) {
  const text = readOr(`/proc/${pid}/smaps_rollup`);
  const kib = (field) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return { rss: kib('Rss') / 1024, pss: kib('Pss') / 1024 };
}

function commandOf(pid) {
  return readOr(`/proc/${pid}/cmdline`);
}

function readOr(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It ended meanwhile.
    return '';
  }
}
