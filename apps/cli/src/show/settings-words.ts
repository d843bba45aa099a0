import type { Settings } from '@sconce/contract';

type Gpu = NonNullable<Settings['resources']['gpu']>;

/** `H100 x2`, `24 GB x1`, as people write it in sconce.yaml: `H100:2`. */
export function gpuWords(gpu: Gpu | null): string {
  if (gpu === null) return 'none';
  const what = gpu.product ?? (gpu.memoryMiB === null ? 'any' : `${Math.round((gpu.memoryMiB * 2 ** 20) / 1e9)}GB`);
  return gpu.count === 1 ? what : `${what}:${gpu.count}`;
}

/** 90_000 is `1m30s`, 500 is `500ms`. */
export function timeWords(ms: number): string {
  if (ms < 1_000) return `${ms}ms`;
  const [hours, minutes, seconds] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, (ms / 1_000) % 60];
  return `${hours ? `${hours}h` : ''}${minutes ? `${minutes}m` : ''}${seconds ? `${seconds}s` : ''}`;
}

export function sizeWords(mib: number | null): string {
  if (mib === null) return 'none';
  return mib % 1024 === 0 ? `${mib / 1024}Gi` : `${mib}Mi`;
}

export function cpuWords(milli: number | null): string {
  return milli === null ? 'none' : String(milli / 1_000);
}

/** Settings as facts, in the words that sconce.yaml and `sconce services set` take. */
export function settingRows(
  settings: Omit<Settings, 'port' | 'sidecars'> & {
    readonly port: number | null;
    readonly sidecars?: Settings['sidecars'] | undefined;
  },
): [string, string | null][] {
  const { port, probe, resources, scaling, command, volumes, sidecars = [] } = settings;
  const checks = `${probe.path ?? 'a connection'}, within ${timeWords(probe.startupTimeoutMs)}, then every ${timeWords(probe.periodMs)}`;
  return [
    ['port', port === null ? 'the image’s EXPOSE' : String(port)],
    ['probe', checks],
    ['gpu', gpuWords(resources.gpu)],
    ['cpu, memory', `${cpuWords(resources.cpuMilli)}, ${sizeWords(resources.memoryMiB)}`],
    ['replicas', scaling.min === scaling.max ? String(scaling.min) : `${scaling.min} to ${scaling.max}`],
    ['concurrency', scaling.concurrency === null ? null : String(scaling.concurrency)],
    ['drain, watch', `${timeWords(settings.drainTimeoutMs)}, ${timeWords(settings.watchMs)}`],
    ['command', command?.join(' ') ?? null],
    [
      'volumes',
      volumes
        .map(({ name, path, sizeMiB }) => `${name} at ${path}${sizeMiB ? ` (${sizeWords(sizeMiB)})` : ''}`)
        .join(', '),
    ],
    ['sidecars', sidecars.map(sidecarWords).join(', ')],
  ];
}

/** `cache (redis:7, 0.5 cores, 256Mi, A=1)`: a change of any part shows. */
function sidecarWords({
  name,
  image,
  command,
  env,
  sharesVariables,
  cpuMilli,
  memoryMiB,
}: Settings['sidecars'][number]): string {
  const parts = [
    image,
    command?.join(' '),
    cpuMilli === null ? null : `${cpuWords(cpuMilli)} cores`,
    memoryMiB === null ? null : sizeWords(memoryMiB),
    sharesVariables ? "the service's variables" : null,
    ...Object.entries(env).map(([key, value]) => `${key}=${value}`),
  ];
  return `${name} (${parts.filter(Boolean).join(', ')})`;
}
