import { type DeepPartial, type FileSettings, overlay, type ServiceSettings, type Sidecar } from '@sconce/core';
import type { FileService } from './service-file-schema.ts';

/** The file's words for one service in ours; an environment's overlay stands above the service itself. */
export function toFileSettings(service: FileService, above: FileService | undefined): FileSettings {
  const below = translate(service);
  if (above === undefined) return below;
  const over = translate(above);
  return {
    settings: overlay(below.settings, over.settings),
    build: overlay(below.build, over.build),
    env: { ...below.env, ...over.env },
    secretGroups: above.secrets === undefined ? below.secretGroups : over.secretGroups,
  };
}

function translate(service: FileService): FileSettings {
  return {
    settings: translateSettings(service),
    build: compact(service.build ?? {}),
    env: service.env ?? {},
    secretGroups: [...new Set(service.secrets ?? [])],
  };
}

function translateSettings(service: FileService): DeepPartial<ServiceSettings> {
  const { probe, resources, scaling, volumes, sidecars } = service;
  return compact({
    port: service.port,
    probe: probe && {
      ...compact({ path: probe.path, startupTimeoutMs: probe.startupTimeout, periodMs: probe.period }),
      ...compact({ timeoutMs: probe.timeout, failureThreshold: probe.failures }),
    },
    resources: resources && compact({ cpuMilli: resources.cpu, memoryMiB: resources.memory, gpu: resources.gpu }),
    scaling:
      scaling &&
      compact({ min: scaling.min, max: scaling.max, concurrency: scaling.concurrency, idleMs: scaling.idle }),
    volumes: volumes?.map(({ name, path, size }) => ({ name, path, sizeMiB: size ?? null })),
    sidecars: sidecars?.map(toSidecar),
    command: service.command,
    drainTimeoutMs: service.drainTimeout,
    watchMs: service.watchFor,
  });
}

function toSidecar(sidecar: NonNullable<FileService['sidecars']>[number]): Sidecar {
  const { name, image, command = null, env = {}, sharesVariables = false, cpu = null, memory = null } = sidecar;
  return { name, image, command, env, sharesVariables, cpuMilli: cpu, memoryMiB: memory };
}

/** Without the keys that say nothing: what is stored is exactly what the file says. */
function compact<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, held]) => held !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
