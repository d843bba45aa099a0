import type { Manifest } from '@sconce/kubernetes-api';
import { homeLabel, homeLabelName } from '@sconce/kubernetes-api';
import type { BuildRequest } from '@sconce/ports';
import { buildScript, place } from './build-script.ts';
import { buildContainer, label, labelValue } from './names.ts';

export interface Toleration {
  readonly key: string;
  readonly operator: 'Exists' | 'Equal';
  readonly value?: string;
}

export interface JobOptions {
  readonly home: string;
  readonly namespace: string;
  /** An image with `buildkitd`, `buildctl`, `rootlesskit` and a shell: `moby/buildkit:rootless`. */
  readonly image: string;
  /** Nodes that builds run on; empty: any. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly Toleration[];
  /** What a build may write to a node's disk, GiB. */
  readonly diskGiB: number;
}

/** BuildKit itself, and what is sent by way of memory. */
const besideStepsMiB = 256;
const inputMiB = 64;
const usualRequestMiB = 1_024;
/** Beyond a build's own limit: a node may have to come first. */
export const startsWithinMs = 15 * 60_000;
const keptSeconds = 120;
/** The user that `moby/buildkit:rootless` is made for. */
const user = 1_000;

/**
 * One build, once. BuildKit runs as nobody special, in a user namespace of its own: that takes system calls which the usual filter refuses, so the namespace is
 * labelled `privileged`, but no container in it is.
 */
export function makeBuildJob(
  name: string,
  request: Pick<BuildRequest, 'build' | 'limits'>,
  options: JobOptions,
): Manifest {
  const labels = { [homeLabelName]: homeLabel(options.home), [label.build]: labelValue(request.build) };
  const seconds = Math.ceil((request.limits.timeMs + startsWithinMs) / 1_000);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: options.namespace, labels },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: seconds,
      ttlSecondsAfterFinished: keptSeconds,
      template: { metadata: { labels }, spec: makePod(request, options) },
    },
  };
}

function makePod({ limits }: Pick<BuildRequest, 'limits'>, options: JobOptions): object {
  const memoryMiB = limits.memoryMiB + besideStepsMiB;
  return {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 5,
    nodeSelector: options.nodeSelector,
    tolerations: options.tolerations,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      fsGroup: user,
      seccompProfile: { type: 'Unconfined' },
      appArmorProfile: { type: 'Unconfined' },
    },
    containers: [
      {
        name: buildContainer,
        image: options.image,
        command: ['/bin/sh', '-c', buildScript],
        // The one connection that it is sent everything by; lost, it ends.
        stdin: true,
        stdinOnce: true,
        resources: {
          requests: { cpu: '500m', memory: `${Math.min(memoryMiB, usualRequestMiB)}Mi` },
          limits: { memory: `${memoryMiB}Mi`, 'ephemeral-storage': `${options.diskGiB}Gi` },
        },
        volumeMounts: [
          { name: 'work', mountPath: place.work },
          { name: 'input', mountPath: place.input },
        ],
      },
    ],
    volumes: [
      { name: 'work', emptyDir: { sizeLimit: `${options.diskGiB}Gi` } },
      { name: 'input', emptyDir: { medium: 'Memory', sizeLimit: `${inputMiB}Mi` } },
    ],
  };
}
