import { CliFailure, exitCodes } from '../exit-code.ts';
import { parseCpuMilli, parseGpu, parseSizeMiB, parseTimeMs } from './parse-units.ts';

/** Values of settings as they are typed. `default` takes a setting back, `none` sets what may be absent to nothing. */
export interface SettingFlags {
  readonly gpu?: string;
  readonly cpu?: string;
  readonly memory?: string;
  readonly port?: string;
  readonly probe?: string;
  readonly startupTimeout?: string;
  readonly probePeriod?: string;
  readonly probeTimeout?: string;
  readonly probeFailures?: string;
  readonly replicas?: string;
  readonly concurrency?: string;
  readonly idle?: string;
  readonly drainTimeout?: string;
  readonly watchFor?: string;
  readonly command?: string;
  readonly volume?: readonly string[];
  readonly sidecar?: readonly string[];
  readonly dockerfile?: string;
  readonly context?: string;
  readonly watch?: readonly string[];
  readonly buildArg?: readonly string[];
  readonly buildSecret?: readonly string[];
}

type Value = number | string | object | null;

interface Flag {
  readonly flag: string;
  /** What may be typed, in words. */
  readonly takes: string;
  readonly path: readonly [string] | readonly [string, string];
  readonly orNone?: boolean;
  readonly read: (text: string) => Value;
}

const whole = (text: string) => (/^\d{1,7}$/.test(text) ? Number(text) : null);
const path = (text: string) => (text.startsWith('/') ? text : null);

const plain: Readonly<Partial<Record<keyof SettingFlags, Flag>>> = {
  gpu: { flag: '--gpu', takes: 'L4, H100:2, 24GB or any', path: ['resources', 'gpu'], orNone: true, read: parseGpu },
  cpu: { flag: '--cpu', takes: '1, 0.5 or 250m', path: ['resources', 'cpuMilli'], orNone: true, read: parseCpuMilli },
  memory: {
    flag: '--memory',
    takes: '512Mi or 2Gi',
    path: ['resources', 'memoryMiB'],
    orNone: true,
    read: parseSizeMiB,
  },
  port: { flag: '--port', takes: 'a number', path: ['port'], read: whole },
  probe: { flag: '--probe', takes: 'a path like /healthz', path: ['probe', 'path'], orNone: true, read: path },
  startupTimeout: {
    flag: '--startup-timeout',
    takes: '30s or 5m',
    path: ['probe', 'startupTimeoutMs'],
    read: parseTimeMs,
  },
  probePeriod: { flag: '--probe-period', takes: '2s', path: ['probe', 'periodMs'], read: parseTimeMs },
  probeTimeout: { flag: '--probe-timeout', takes: '2s', path: ['probe', 'timeoutMs'], read: parseTimeMs },
  probeFailures: { flag: '--probe-failures', takes: 'a number', path: ['probe', 'failureThreshold'], read: whole },
  concurrency: {
    flag: '--concurrency',
    takes: 'a number',
    path: ['scaling', 'concurrency'],
    orNone: true,
    read: whole,
  },
  idle: { flag: '--idle', takes: '10m', path: ['scaling', 'idleMs'], read: parseTimeMs },
  drainTimeout: { flag: '--drain-timeout', takes: '30s', path: ['drainTimeoutMs'], read: parseTimeMs },
  watchFor: { flag: '--watch-for', takes: '1m', path: ['watchMs'], read: parseTimeMs },
  command: {
    flag: '--command',
    takes: 'a JSON list like ["python3", "serve.py"]',
    path: ['command'],
    orNone: true,
    read: jsonList,
  },
};

export type Patch = Record<string, unknown>;

/** The change of settings that was typed, for the API; empty where none was. Throws `CliFailure` for what cannot be read. */
export function toSettingsPatch(flags: SettingFlags): Patch {
  const patch: Patch = {};
  for (const [key, flag] of Object.entries(plain)) {
    const typed = flags[key as keyof SettingFlags];
    if (typeof typed === 'string') put(patch, flag.path, readFlag(flag, typed));
  }
  if (flags.replicas !== undefined) Object.assign(group(patch, 'scaling'), replicas(flags.replicas));
  if (flags.volume) patch.volumes = isDefault(flags.volume) ? null : flags.volume.map(volume);
  if (flags.sidecar) patch.sidecars = isDefault(flags.sidecar) ? null : flags.sidecar.map(sidecar);
  return patch;
}

/** The same for what decides how it is built. */
export function toBuildPatch(flags: SettingFlags): Patch {
  const list = (values: readonly string[] | undefined) => (values && isDefault(values) ? null : values);
  const orDefault = (value: string | undefined) => (value === 'default' ? null : value);
  const all: Patch = {
    dockerfile: orDefault(flags.dockerfile),
    context: orDefault(flags.context),
    watch: list(flags.watch),
    args: flags.buildArg && (isDefault(flags.buildArg) ? null : Object.fromEntries(flags.buildArg.map(argument))),
    secrets: list(flags.buildSecret),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function readFlag({ flag, takes, orNone, read }: Flag, typed: string): Value {
  if (typed === 'default') return null;
  if (orNone && typed === 'none') return 'none';
  const value = read(typed);
  if (value !== null) return value;
  throw wrong(`${flag} wants ${takes}${orNone ? ', none' : ''}, or default`, typed);
}

function put(patch: Patch, [first, second]: Flag['path'], value: Value): void {
  if (second === undefined) patch[first] = value;
  else group(patch, first)[second] = value;
}

function group(patch: Patch, name: string): Patch {
  patch[name] ??= {};
  return patch[name] as Patch;
}

/** `2`, or `1-4`; `2-` and `-4` where the other end stays as it is. */
function replicas(typed: string): Patch {
  if (typed === 'default') return { min: null, max: null };
  const [, min = '', between, max = ''] = /^(\d{1,3})?(?:(-|\.\.)(\d{1,3})?)?$/.exec(typed) ?? [];
  if (min === '' && max === '') throw wrong('--replicas wants 2, 1-4, 2- or -4', typed);
  if (between === undefined) return { min: Number(min), max: Math.max(1, Number(min)) };
  if (min !== '' && max !== '' && Number(min) > Number(max))
    throw wrong('--replicas wants the lower number first', typed);
  return { ...(min === '' ? {} : { min: Number(min) }), ...(max === '' ? {} : { max: Math.max(1, Number(max)) }) };
}

/** `cache:/models`, or `cache:/models:20Gi`. */
function volume(typed: string): Patch {
  const match = /^([a-z0-9-]+):(\/[^:]*)(?::(\S+))?$/.exec(typed);
  const sizeMiB = match?.[3] === undefined ? null : parseSizeMiB(match[3]);
  if (!match || (match[3] !== undefined && sizeMiB === null))
    throw wrong('--volume wants name:/path or name:/path:20Gi', typed);
  return { name: match[1], path: match[2], sizeMiB };
}

/** `cache=redis:7`, or all of it as JSON, as the API takes it. */
function sidecar(typed: string): Patch {
  const [, name, image] = /^([a-z0-9-]+)=(\S+)$/.exec(typed) ?? [];
  if (name !== undefined && image !== undefined) return { name, image };
  const value = jsonObject(typed);
  if (value !== null) return value;
  throw wrong('--sidecar wants name=image or JSON like {"name": "cache", "image": "redis:7", "memoryMiB": 256}', typed);
}

function jsonObject(typed: string): Patch | null {
  try {
    const value: unknown = JSON.parse(typed);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Patch) : null;
  } catch {
    return null;
  }
}

function argument(typed: string): [string, string] {
  const at = typed.indexOf('=');
  if (at < 1) throw wrong('--build-arg wants NAME=value', typed.slice(0, 20));
  return [typed.slice(0, at), typed.slice(at + 1)];
}

function jsonList(typed: string): Value {
  try {
    const value: unknown = JSON.parse(typed);
    return Array.isArray(value) && value.every((part) => typeof part === 'string') ? value : null;
  } catch {
    return null;
  }
}

function isDefault(values: readonly string[]): boolean {
  return values.length === 1 && values[0] === 'default';
}

function wrong(what: string, typed: string): CliFailure {
  return new CliFailure(`${what}, not "${typed.slice(0, 60)}"`, { exitCode: exitCodes.usage, code: 'invalid' });
}
