import type { ListOf, ObjectFacts } from './facts.ts';
import type { KubernetesApi, Query } from './kubernetes-api.ts';
import { isNotFound } from './kubernetes-errors.ts';
import { fieldManager } from './labels.ts';
import type { Manifest } from './manifest.ts';

/** Where objects of each kind that we use are found; `//` before those that are in no namespace. */
const plurals = {
  Namespace: '/api/v1//namespaces',
  Node: '/api/v1//nodes',
  Pod: '/api/v1/pods',
  Service: '/api/v1/services',
  Secret: '/api/v1/secrets',
  LimitRange: '/api/v1/limitranges',
  ResourceQuota: '/api/v1/resourcequotas',
  PersistentVolumeClaim: '/api/v1/persistentvolumeclaims',
  Deployment: '/apis/apps/v1/deployments',
  ReplicaSet: '/apis/apps/v1/replicasets',
  Job: '/apis/batch/v1/jobs',
  PodDisruptionBudget: '/apis/policy/v1/poddisruptionbudgets',
  NetworkPolicy: '/apis/networking.k8s.io/v1/networkpolicies',
  ServiceAccount: '/api/v1/serviceaccounts',
  Role: '/apis/rbac.authorization.k8s.io/v1/roles',
  RoleBinding: '/apis/rbac.authorization.k8s.io/v1/rolebindings',
  ClusterRole: '/apis/rbac.authorization.k8s.io/v1//clusterroles',
  ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1//clusterrolebindings',
  ValidatingAdmissionPolicy: '/apis/admissionregistration.k8s.io/v1//validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: '/apis/admissionregistration.k8s.io/v1//validatingadmissionpolicybindings',
} as const;

export type Kind = keyof typeof plurals;

/** Of all objects of a kind (namespace null: in all namespaces), or of one of them. */
export function pathOf(kind: Kind, namespace: string | null, name?: string): string {
  const plural: string = plurals[kind];
  const at = plural.lastIndexOf('/');
  const isClusterWide = plural.includes('//');
  const group = plural.slice(0, isClusterWide ? at - 1 : at);
  const place = isClusterWide || namespace === null ? '' : `/namespaces/${namespace}`;
  return `${group}${place}${plural.slice(at)}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}

const pageSize = 500;

/** Objects by kind, over `KubernetesApi`; throws as that does. */
export interface Objects {
  /** Null where there is none. */
  get<T extends ObjectFacts>(kind: Kind, namespace: string | null, name: string): Promise<T | null>;
  list<T extends ObjectFacts>(kind: Kind, namespace: string | null, labelSelector: string): Promise<readonly T[]>;
  /** Server-side apply as our field manager: what somebody else set of our fields is put back. */
  apply<T extends ObjectFacts>(manifest: Manifest): Promise<T>;
  create<T extends ObjectFacts>(manifest: Manifest): Promise<T>;
  /** Of an object as somebody else made it; `resourceVersion` in the metadata makes it a compare-and-set. */
  merge<T extends ObjectFacts>(kind: Kind, namespace: string, name: string, patch: unknown): Promise<T>;
  /** What is not there is fine. With `uid`, only that very object. */
  remove(kind: Kind, namespace: string | null, name: string, uid?: string): Promise<void>;
  /** Removes it from the API alone, without waiting for whoever has to end it: for what nobody can end any more. */
  forget(kind: Kind, namespace: string | null, name: string, uid: string): Promise<void>;
}

export function createObjects(api: KubernetesApi): Objects {
  return {
    async get<T extends ObjectFacts>(kind: Kind, namespace: string | null, name: string) {
      try {
        return await api.call<T>(`reading ${kind} ${name}`, { method: 'GET', path: pathOf(kind, namespace, name) });
      } catch (error) {
        if (isNotFound(error)) return null;
        throw error;
      }
    },
    async list<T extends ObjectFacts>(kind: Kind, namespace: string | null, labelSelector: string) {
      const items: T[] = [];
      let next: string | undefined;
      do {
        const query: Query = { labelSelector: labelSelector || undefined, limit: pageSize, continue: next };
        const page = await api.call<ListOf<T>>(`listing ${kind}s`, {
          method: 'GET',
          path: pathOf(kind, namespace),
          query,
        });
        items.push(...page.items);
        next = page.metadata.continue || undefined;
      } while (next !== undefined);
      return items;
    },
    apply: <T extends ObjectFacts>(manifest: Manifest) =>
      api.call<T>(`applying ${manifest.kind} ${manifest.metadata.name}`, {
        method: 'PATCH',
        path: pathOf(manifest.kind as Kind, manifest.metadata.namespace ?? null, manifest.metadata.name),
        query: { fieldManager, force: true },
        content: 'apply',
        body: manifest,
      }),
    create: <T extends ObjectFacts>(manifest: Manifest) =>
      api.call<T>(`creating ${manifest.kind} ${manifest.metadata.name}`, {
        method: 'POST',
        path: pathOf(manifest.kind as Kind, manifest.metadata.namespace ?? null),
        query: { fieldManager },
        body: manifest,
      }),
    merge: <T extends ObjectFacts>(kind: Kind, namespace: string, name: string, patch: unknown) =>
      api.call<T>(`changing ${kind} ${name}`, {
        method: 'PATCH',
        path: pathOf(kind, namespace, name),
        query: { fieldManager },
        content: 'merge',
        body: patch,
      }),
    remove: (kind, namespace, name, uid) => remove(api, pathOf(kind, namespace, name), uid, {}),
    forget: (kind, namespace, name, uid) => remove(api, pathOf(kind, namespace, name), uid, { gracePeriodSeconds: 0 }),
  };
}

async function remove(api: KubernetesApi, path: string, uid: string | undefined, how: object): Promise<void> {
  const preconditions = uid === undefined ? {} : { preconditions: { uid } };
  const body = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background', ...preconditions, ...how };
  try {
    await api.call(`removing ${path}`, { method: 'DELETE', path, body });
  } catch (error) {
    const isOther = uid !== undefined && (error as { statusCode?: number }).statusCode === 409;
    if (!isNotFound(error) && !isOther) throw error;
  }
}
