import { homeLabel, homeLabelName, type Manifest } from '@sconce/kubernetes-api';

export interface BuildAccessOptions {
  readonly home: string;
  /** Where the account stands: that of the workers. */
  readonly namespace: string;
  /** Where builds run. */
  readonly buildNamespace: string;
}

const name = 'sconce-worker';
const rbac = 'rbac.authorization.k8s.io';

/** The least rights that builds need: an account of workers that makes Jobs in one namespace and speaks to their pods, and may do nothing else anywhere. */
export function makeBuildAccess({ home, namespace, buildNamespace }: BuildAccessOptions): readonly Manifest[] {
  const labels = { [homeLabelName]: homeLabel(home) };
  const inBuilds = { name, namespace: buildNamespace, labels };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, labels } },
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: buildNamespace, labels: { ...labels, 'pod-security.kubernetes.io/enforce': 'privileged' } },
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: inBuilds,
      rules: [
        { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create', 'delete'] },
        { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
        { apiGroups: [''], resources: ['pods/attach'], verbs: ['get', 'create'] },
        { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: ['get', 'create', 'patch'] },
      ],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: inBuilds,
      roleRef: { apiGroup: rbac, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ];
}
