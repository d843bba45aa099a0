import { readFile } from 'node:fs/promises';

export interface MachineUsage {
  /** Time that its processors worked, since it started. */
  readonly cpuMs: number;
  readonly memoryMiB: number;
}

/** Of every Linux that this runs on. */
const tickMs = 10;

/** Null where the kernel does not say. */
export async function readMachineUsage(): Promise<MachineUsage | null> {
  const read = (path: string) => readFile(path, 'utf8').catch(() => '');
  const [stat, memory] = await Promise.all([read('/proc/stat'), read('/proc/meminfo')]);
  return parseMachineUsage(stat, memory);
}

export function parseMachineUsage(stat: string, memory: string): MachineUsage | null {
  const ticks = /^cpu +([\d ]+)$/m.exec(stat)?.[1]?.split(' ').map(Number);
  const kib = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(memory)?.[1] ?? Number.NaN);
  const usedKiB = kib('MemTotal') - kib('MemAvailable');
  if (ticks === undefined || Number.isNaN(usedKiB)) return null;
  // user, nice, system, (idle, iowait,) irq, softirq, steal; what guests use is in user already.
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = ticks;
  return { cpuMs: (user + nice + system + irq + softirq + steal) * tickMs, memoryMiB: usedKiB / 1024 };
}
