/** How the command line says a value of a setting; null: it has no way to. */
type ToFlag = (value: unknown) => string | null;

const text: ToFlag = (value) => (typeof value === 'string' && !['none', 'default', ''].includes(value) ? value : null);
const whole: ToFlag = (value) => (typeof value === 'number' ? String(value) : null);

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** In the largest unit that says it whole: `90s`, `5m`. */
const time: ToFlag = (value) => {
  if (typeof value !== 'number') return null;
  const [unit, ms] = units.find(([, one]) => value > 0 && value % one === 0) ?? ['ms', 1];
  return `${value / ms}${unit}`;
};

const cpu: ToFlag = (value) => (typeof value === 'number' ? `${value}m` : null);
const size: ToFlag = (value) => (typeof value === 'number' ? `${value}Mi` : null);
const json: ToFlag = (value) => JSON.stringify(value);

/** `H100:2`, `24GB`, `any`. A product and a memory at once cannot be said, nor a memory that is no whole number of gigabytes. */
const gpu: ToFlag = (value) => {
  const { product, count, memoryMiB } = value as { product: string | null; count: number; memoryMiB: number | null };
  if (product !== null && memoryMiB !== null) return null;
  const gigabytes = memoryMiB === null ? 0 : Math.ceil((memoryMiB * 2 ** 20) / 1e9);
  if (memoryMiB !== null && Math.floor((gigabytes * 1e9) / 2 ** 20) !== memoryMiB) return null;
  const name = product ?? (memoryMiB === null ? 'any' : `${gigabytes}GB`);
  return count === 1 ? name : `${name}:${count}`;
};

/** Settings of one value, by their place in the API's objects; `orNone`: the flag takes `none` for nothing. */
const plain: Readonly<Record<string, { readonly flag: string; readonly say: ToFlag; readonly orNone?: true }>> = {
  'settings.resources.gpu': { flag: '--gpu', say: gpu, orNone: true },
  'settings.resources.cpuMilli': { flag: '--cpu', say: cpu, orNone: true },
  'settings.resources.memoryMiB': { flag: '--memory', say: size, orNone: true },
  'settings.port': { flag: '--port', say: whole },
  'settings.command': { flag: '--command', say: json, orNone: true },
  'settings.probe.path': { flag: '--probe', say: text, orNone: true },
  'settings.probe.startupTimeoutMs': { flag: '--startup-timeout', say: time },
  'settings.probe.periodMs': { flag: '--probe-period', say: time },
  'settings.probe.timeoutMs': { flag: '--probe-timeout', say: time },
  'settings.probe.failureThreshold': { flag: '--probe-failures', say: whole },
  'settings.scaling.concurrency': { flag: '--concurrency', say: whole, orNone: true },
  'settings.scaling.idleMs': { flag: '--idle', say: time },
  'settings.drainTimeoutMs': { flag: '--drain-timeout', say: time },
  'settings.watchMs': { flag: '--watch-for', say: time },
  'build.dockerfile': { flag: '--dockerfile', say: text },
  'build.context': { flag: '--context', say: text },
};

interface Volume {
  readonly name: string;
  readonly path: string;
  readonly sizeMiB: number | null;
}

const volume = ({ name, path, sizeMiB }: Volume): string => `${name}:${path}${sizeMiB === null ? '' : `:${sizeMiB}Mi`}`;

/** Settings of several values, each under the flag again. */
const lists: Readonly<Record<string, { readonly flag: string; readonly say: (value: never) => readonly string[] }>> = {
  'settings.volumes': { flag: '--volume', say: (all: readonly Volume[]) => all.map(volume) },
  'settings.sidecars': { flag: '--sidecar', say: (all: readonly object[]) => all.map((one) => JSON.stringify(one)) },
  'build.watch': { flag: '--watch', say: (all: readonly string[]) => all },
  'build.args': {
    flag: '--build-arg',
    say: (all: Readonly<Record<string, string>>) => Object.entries(all).map(([name, value]) => `${name}=${value}`),
  },
  'build.secrets': { flag: '--build-secret', say: (all: readonly string[]) => all },
};

export type SettingValue = readonly [key: string, value: unknown];

/** What the command line takes for these; null: it cannot say one of them. Of values null is "not set here any more", and `none` is nothing. */
export function toSettingFlags(values: readonly SettingValue[]): readonly string[] | null {
  const scaling = values.filter(([key]) => key === 'settings.scaling.min' || key === 'settings.scaling.max');
  const flags = values.filter((value) => !scaling.includes(value)).map(toFlags);
  const all = [replicaFlags(new Map(scaling)), ...flags];
  return all.some((one) => one === null) ? null : all.flatMap((one) => one ?? []);
}

function toFlags([key, value]: SettingValue): readonly string[] | null {
  const list = lists[key];
  if (list) {
    if (value === null) return [list.flag, 'default'];
    const words = list.say(value as never);
    const isOdd = words.length === 0 || words.some((word) => word === 'default');
    return isOdd ? null : words.flatMap((word) => [list.flag, word]);
  }
  const one = plain[key];
  if (!one) return null;
  if (value === null) return [one.flag, 'default'];
  if (one.orNone && value === 'none') return [one.flag, 'none'];
  const said = one.say(value);
  return said === null ? null : [one.flag, said];
}

/** The least and the most are one flag: `2-4`, `2-` and `-4` where only one of them is meant. */
function replicaFlags(values: ReadonlyMap<string, unknown>): readonly string[] | null {
  if (values.size === 0) return [];
  const [min, max] = ['settings.scaling.min', 'settings.scaling.max'].map((key) => values.get(key));
  if (min === null && max === null) return ['--replicas', 'default'];
  if (min === null || max === null) return null;
  if (typeof min === 'number' && min > 0 && min === max) return ['--replicas', String(min)];
  return ['--replicas', `${min ?? ''}-${max ?? ''}`];
}
