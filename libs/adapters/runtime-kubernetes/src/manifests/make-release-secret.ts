import type { Manifest } from '@sconce/kubernetes-api';
import { ReplicasRefused, type ReplicaTarget } from '@sconce/ports';
import { deploymentName, label, namespaceName, secretName } from '../names.ts';
import { serviceLabels } from './make-service.ts';

/** The API server's own limit for a Secret. */
const mostBytes = 1024 * 1024;

export interface ReleaseVariables {
  /** Null where there are none. */
  readonly secret: Manifest | null;
  /** Names that cannot be keys of a Secret, each with the key that holds its value. */
  readonly renamed: readonly { readonly name: string; readonly key: string }[];
}

/** The variables of one release, which never change. Throws `ReplicasRefused` where they do not fit. */
export function makeReleaseVariables(target: ReplicaTarget, home: string): ReleaseVariables {
  const given = Object.entries(target.environmentVariables);
  if (given.length === 0) return { secret: null, renamed: [] };
  const isKey = (name: string) =>
    /^[-._a-zA-Z][-._a-zA-Z0-9]{0,252}$/.test(name) && name !== '.' && !name.startsWith('..');
  const renamed = given
    .filter(([name]) => !isKey(name))
    .map(([name], index) => ({ name, key: `sconce-variable-${index}` }));
  const keys = new Map(renamed.map(({ name, key }) => [name, key]));
  const data = Object.fromEntries(
    given.map(([name, value]) => [keys.get(name) ?? name, Buffer.from(value, 'utf8').toString('base64')]),
  );
  const bytes = given.reduce((sum, [name, value]) => sum + name.length + Buffer.byteLength(value), 0);
  if (bytes > mostBytes) {
    throw new ReplicasRefused(
      'start_failed',
      'The variables are longer than 1 MiB together, more than Kubernetes keeps for one release. Put the largest into a volume.',
    );
  }
  return { secret: makeSecret(target, home, data), renamed };
}

function makeSecret(target: ReplicaTarget, home: string, data: Readonly<Record<string, string>>): Manifest {
  const { service, releaseNumber, release } = target;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: secretName(deploymentName(service, releaseNumber, release)),
      namespace: namespaceName(service.environment),
      labels: { ...serviceLabels(target, home), [label.release]: release },
    },
    type: 'Opaque',
    immutable: true,
    data,
  };
}
