import type { VolumeMount } from '@sconce/core';
import type { Manifest } from '@sconce/kubernetes-api';
import type { ReplicaTarget } from '@sconce/ports';
import { claimName, label, namespaceName } from '../names.ts';
import { serviceLabels } from './make-service.ts';

/** For a volume without a size: most storage classes make none without. */
const usualSizeMiB = 10 * 1024;

/** Storage that outlives releases, by the cluster's default storage class. */
export function makeVolumeClaim(target: ReplicaTarget, volume: VolumeMount, home: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: claimName(volume.name),
      namespace: namespaceName(target.service.environment),
      labels: { ...serviceLabels(target, home), [label.volume]: claimName(volume.name) },
    },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: `${volume.sizeMiB ?? usualSizeMiB}Mi` } },
    },
  };
}
