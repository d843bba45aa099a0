import type { ServiceRef } from '@sconce/ports';
import type Docker from 'dockerode';
import { label, networkName, sandboxName } from '../names.ts';
import type { SandboxImage } from './sandbox-image.ts';

/**
 * The container that a replica's network belongs to. It outlives restarts of the replica's process, so its address stays, and
 * it can stand ready before there is a replica: setting up a network is most of what starting a container takes.
 */
export function makeSandbox(service: ServiceRef, home: string, image: SandboxImage): Docker.ContainerCreateOptions {
  const name = sandboxName(service);
  return {
    name,
    Image: image.name,
    Cmd: [`/${image.file}`],
    // Replicas have it as their own: Docker lets nobody who shares a network choose another.
    Hostname: `${service.serviceSlug}-${name.slice(name.lastIndexOf('-') + 1)}`,
    Env: [],
    Labels: {
      [label.home]: home,
      [label.kind]: 'sandbox',
      [label.project]: service.projectSlug,
      [label.environment]: service.environment,
      [label.service]: service.service,
    },
    // As the first process of its container it would not hear SIGTERM, and hold up a shutdown of the engine.
    StopSignal: 'SIGKILL',
    HostConfig: {
      NetworkMode: networkName(service.environment),
      // One that ended has lost its network, and with it whoever shared it: a new start must be followed by the replica's.
      RestartPolicy: { Name: 'no' },
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Privileged: false,
      // Taken before it, a replica ends alone and starts again; the other way round it loses its network.
      OomScoreAdj: 0,
      LogConfig: { Type: 'none', Config: {} },
    },
  };
}
