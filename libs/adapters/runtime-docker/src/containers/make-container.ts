import type { ReplicaTarget } from '@sconce/ports';
import type Docker from 'dockerode';
import { containerName, label, replicaName, volumeName } from '../names.ts';

/** What a container needs beyond its target. */
export interface ContainerPlace {
  readonly home: string;
  readonly slot: number;
  /** Id of the container whose network it shares. */
  readonly sandbox: string;
  /** Replaces the usual name when something else on the engine has it. */
  readonly name?: string;
  /** The devices chosen for it, by id. */
  readonly gpus: readonly string[];
  /** Whether the engine has its small init process. */
  readonly hasInit: boolean;
  /** What it may ask of the kernel, as JSON; null leaves that to the engine. */
  readonly seccomp: string | null;
}

/**
 * What an ordinary web image needs of root's powers: owning and switching files and users at its start (apt, entrypoints that
 * drop to a user), and port 80. None of them reaches outside the container.
 */
const keptCapabilities = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'NET_BIND_SERVICE', 'SETGID', 'SETUID'];

const mebibyte = 1024 * 1024;
const cpuPeriodUs = 100_000;
/** The kernel's smallest quota is 1 ms of a period. */
const leastCpuQuotaUs = 1_000;
/** Enough for a busy server with its data loaders; a fork bomb ends here. */
const pidsLimit = 4_096;
const sharedMemoryWithoutLimitMiB = 1_024;
/** The kernel ends a replica before it ends the platform. */
const oomScoreAdjust = 500;
/**
 * Per replica; the platform keeps logs itself and reads them from here as they come. Not the `local` driver: following it
 * hangs at a rotation in Docker 20.10.
 */
const logFiles = { maxSize: '10m', count: '3' };

export function makeContainer(target: ReplicaTarget, place: ContainerPlace): Docker.ContainerCreateOptions {
  const { service } = target;
  const name = replicaName(target.releaseNumber, target.release, place.slot);
  return {
    name: place.name ?? containerName(service, name),
    Image: imageReference(target),
    ...(target.command === null ? {} : { Cmd: [...target.command] }),
    Env: makeEnvironment(target, name),
    Labels: makeLabels(target, name, place),
    StopTimeout: Math.ceil(target.stopTimeoutMs / 1000),
    HostConfig: makeHostConfig(target, place),
  };
}

export function imageReference(target: ReplicaTarget): string {
  const { digest, repository } = target.image;
  return repository === null ? digest : `${repository}@${digest}`;
}

function makeLabels(target: ReplicaTarget, name: string, place: ContainerPlace): Record<string, string> {
  const { service, probe } = target;
  // All of them, always: a label that is left out would come from the image.
  return {
    [label.home]: place.home,
    [label.kind]: 'replica',
    [label.project]: service.projectSlug,
    [label.environment]: service.environment,
    [label.service]: service.service,
    [label.release]: target.release,
    [label.generation]: String(target.generation),
    [label.name]: name,
    [label.slot]: String(place.slot),
    [label.port]: String(target.port),
    [label.probe]: JSON.stringify(probe),
    [label.gpus]: place.gpus.join(','),
    [label.volume]: '',
    [label.sandbox]: place.sandbox,
    [label.alias]: service.serviceSlug,
    [label.sidecar]: '',
    [label.sidecars]: (target.sidecars ?? []).map((sidecar) => sidecar.name).join(','),
  };
}

/** Where NVIDIA's runtime is the engine's default, this variable alone would hand out every GPU. */
export const gpuVariable = 'NVIDIA_VISIBLE_DEVICES';

/** Its host name is its sandbox's, which was there before it: this is how a replica knows its own. */
export const nameVariable = 'SCONCE_REPLICA';

function makeEnvironment(target: ReplicaTarget, replica: string): string[] {
  const given = Object.entries(target.environmentVariables).filter(([name]) => name !== gpuVariable);
  const gpus = target.resources.gpu === null ? [`${gpuVariable}=void`] : [];
  return [`${nameVariable}=${replica}`, ...given.map(([name, value]) => `${name}=${value}`), ...gpus];
}

function makeHostConfig(target: ReplicaTarget, place: ContainerPlace): Docker.HostConfig {
  return {
    ...makeConfinement(target.resources, place),
    Mounts: makeMounts(target, place.home),
    ...(place.gpus.length === 0 ? {} : { DeviceRequests: [makeDeviceRequest(place.gpus)] }),
  };
}

/** What holds for every process of a replica: its network, its limits, and what it may not do. */
export function makeConfinement(
  { cpuMilli, memoryMiB }: Pick<ReplicaTarget['resources'], 'cpuMilli' | 'memoryMiB'>,
  place: Pick<ContainerPlace, 'sandbox' | 'hasInit' | 'seccomp'>,
): Docker.HostConfig {
  return {
    NetworkMode: `container:${place.sandbox}`,
    RestartPolicy: { Name: 'unless-stopped' },
    CapDrop: ['ALL'],
    CapAdd: keptCapabilities,
    SecurityOpt: ['no-new-privileges', ...(place.seccomp === null ? [] : [`seccomp=${place.seccomp}`])],
    Privileged: false,
    ...(place.hasInit ? { Init: true } : {}),
    PidsLimit: pidsLimit,
    OomScoreAdj: oomScoreAdjust,
    // Equal limits: no swap on top of the memory.
    ...(memoryMiB === null ? {} : { Memory: memoryMiB * mebibyte, MemorySwap: memoryMiB * mebibyte }),
    ...(cpuMilli === null
      ? {}
      : { CpuPeriod: cpuPeriodUs, CpuQuota: Math.max(leastCpuQuotaUs, Math.round((cpuMilli * cpuPeriodUs) / 1000)) }),
    // PyTorch's data loaders hand tensors over in /dev/shm, of which Docker gives 64 MiB; it counts as memory only when used.
    ShmSize: (memoryMiB === null ? sharedMemoryWithoutLimitMiB : Math.max(64, Math.floor(memoryMiB / 2))) * mebibyte,
    LogConfig: { Type: 'json-file', Config: { 'max-size': logFiles.maxSize, 'max-file': logFiles.count } },
  };
}

function makeDeviceRequest(gpus: readonly string[]): Docker.DeviceRequest {
  return { Driver: 'nvidia', DeviceIDs: [...gpus], Capabilities: [['gpu']] };
}

/** Named volumes only, made by the engine on first use: a host path cannot be asked for. */
function makeMounts(target: ReplicaTarget, home: string): Docker.MountConfig {
  const { environment, service } = target.service;
  return target.volumes.map((volume) => ({
    Type: 'volume',
    Source: volumeName(environment, volume.name),
    Target: volume.path,
    VolumeOptions: {
      NoCopy: false,
      Labels: {
        [label.home]: home,
        [label.kind]: 'volume',
        [label.environment]: environment,
        [label.service]: service,
        [label.volume]: volume.name,
      },
      DriverConfig: { Name: 'local', Options: {} },
    },
  }));
}
