import type { Sidecar } from '@sconce/core';
import type { ReplicaTarget } from '@sconce/ports';
import type Docker from 'dockerode';
import { label, replicaName, sidecarName } from '../names.ts';
import { type ContainerPlace, gpuVariable, makeConfinement, nameVariable } from './make-container.ts';

/** SIGTERM to SIGKILL. The main process, which may have needed it, is gone by then. */
export const sidecarStopTimeoutMs = 5_000;

export interface SidecarPlace extends Pick<ContainerPlace, 'home' | 'slot' | 'sandbox' | 'hasInit' | 'seccomp'> {
  /** Name of its replica's container. */
  readonly replicaContainer: string;
}

/** Shares the network of its replica, and neither its volumes nor its GPUs. */
export function makeSidecar(
  target: ReplicaTarget,
  sidecar: Sidecar,
  place: SidecarPlace,
): Docker.ContainerCreateOptions {
  const { service } = target;
  const replica = replicaName(target.releaseNumber, target.release, place.slot);
  return {
    name: sidecarName(place.replicaContainer, sidecar.name),
    Image: withTag(sidecar.image),
    ...(sidecar.command === null ? {} : { Cmd: [...sidecar.command] }),
    Env: makeSidecarEnvironment(target, sidecar, replica),
    // All of them, always: a label that is left out would come from the image.
    Labels: {
      [label.home]: place.home,
      [label.kind]: 'sidecar',
      [label.project]: service.projectSlug,
      [label.environment]: service.environment,
      [label.service]: service.service,
      [label.release]: target.release,
      [label.generation]: String(target.generation),
      [label.name]: replica,
      [label.slot]: String(place.slot),
      [label.port]: '',
      [label.probe]: '',
      [label.gpus]: '',
      [label.volume]: '',
      [label.sandbox]: place.sandbox,
      [label.alias]: '',
      [label.sidecar]: sidecar.name,
      [label.sidecars]: '',
    },
    StopTimeout: sidecarStopTimeoutMs / 1000,
    HostConfig: makeConfinement(sidecar, place),
  };
}

/** The engine takes a bare name for the beginning of an image's id as well, and that might be somebody else's image. */
export function withTag(image: string): string {
  return /[:@][^/]*$/.test(image) ? image : `${image}:latest`;
}

function makeSidecarEnvironment({ environmentVariables }: ReplicaTarget, sidecar: Sidecar, replica: string): string[] {
  const given = { ...(sidecar.sharesVariables ? environmentVariables : {}), ...sidecar.env, [gpuVariable]: 'void' };
  return Object.entries({ [nameVariable]: replica, ...given }).map(([name, value]) => `${name}=${value}`);
}
