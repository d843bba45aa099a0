import { homeLabel, type Manifest } from '@sconce/kubernetes-api';
import { label } from '../names.ts';

export interface AccessOptions {
  readonly home: string;
  /** Where the account stands; environments never stand there. */
  readonly namespace: string;
  /**
   * Whether it may ask kubelets what is used. Kubernetes has no smaller right for that than `nodes/proxy`, by which a kubelet also runs commands in any pod of its
   * node: without it there are no figures of processor, memory and disk, and all else works.
   */
  readonly mayReadUsage: boolean;
  /** Whether it may run commands in pods of its environments; all else works without. */
  readonly mayExec: boolean;
}

/** A service account, as others name it. */
export interface Account {
  readonly namespace: string;
  readonly name: string;
}

const accountName = 'sconce';
/** What the account may do in an environment's namespace; bound there, and nowhere else. */
export const environmentRole = 'sconce-environment';
const platformRole = 'sconce-platform';
const rbac = 'rbac.authorization.k8s.io';
const environmentPrefix = 'sconce-';

export const accountOf = ({ namespace }: Pick<AccessOptions, 'namespace'>): Account => ({
  namespace,
  name: accountName,
});

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/**
 * The least rights that the runtime works with: an account that sees nodes and pods, makes namespaces that begin with `sconce-`, and changes things in those
 * alone. RBAC knows no prefixes, so an admission policy holds it to them.
 */
export function makeAccess(options: AccessOptions): readonly Manifest[] {
  const { home, namespace } = options;
  const labels = { [label.home]: homeLabel(home) };
  const account = { kind: 'ServiceAccount', ...accountOf(options) };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: accountName, namespace, labels } },
    makeRole(environmentRole, labels, environmentRules(options.mayExec)),
    makeRole(platformRole, labels, platformRules(options.mayReadUsage)),
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: platformRole, labels },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: platformRole },
      subjects: [account],
    },
    ...makeFence(options, labels),
  ];
}

function makeRole(name: string, labels: Readonly<Record<string, string>>, rules: readonly Rule[]): Manifest {
  return { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name, labels }, rules };
}

const manage = ['get', 'list', 'create', 'patch', 'delete'];

const environmentRules = (mayExec: boolean): readonly Rule[] => [
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'patch', 'delete'] },
  { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
  // What node autoscalers say of pods that wait.
  { apiGroups: [''], resources: ['events'], verbs: ['list'] },
  // Over a WebSocket it is `get`; from Kubernetes 1.35 on that asks for `create` as well.
  ...(mayExec ? [{ apiGroups: [''], resources: ['pods/exec'], verbs: ['create', 'get'] }] : []),
  {
    apiGroups: [''],
    resources: ['services', 'secrets', 'limitranges', 'resourcequotas', 'persistentvolumeclaims'],
    verbs: manage,
  },
  { apiGroups: ['apps'], resources: ['deployments'], verbs: manage },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: manage },
  { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: manage },
];

const platformRules = (mayReadUsage: boolean): readonly Rule[] => [
  { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] },
  { apiGroups: [''], resources: ['services'], verbs: ['list'] },
  { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'list'] },
  { apiGroups: [''], resources: ['namespaces'], verbs: manage },
  { apiGroups: [rbac], resources: ['rolebindings'], verbs: ['create', 'get', 'patch'] },
  { apiGroups: [rbac], resources: ['clusterroles'], verbs: ['bind'], resourceNames: [environmentRole] },
  ...(mayReadUsage ? [{ apiGroups: [''], resources: ['nodes/proxy'], verbs: ['get'] }] : []),
];

/** The account changes no namespace but its environments', and gives itself rights in no other. */
function makeFence({ namespace }: AccessOptions, labels: Readonly<Record<string, string>>): readonly Manifest[] {
  const policy = 'ValidatingAdmissionPolicy';
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const operations = ['CREATE', 'UPDATE', 'DELETE'];
  const place = "(request.resource.resource == 'namespaces' ? request.name : request.namespace)";
  return [
    {
      apiVersion,
      kind: policy,
      metadata: { name: platformRole, labels },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [
            { apiGroups: [''], apiVersions: ['*'], operations, resources: ['namespaces'] },
            { apiGroups: [rbac], apiVersions: ['*'], operations, resources: ['rolebindings'] },
          ],
        },
        matchConditions: [
          {
            name: 'the-account-of-sconce',
            expression: `request.userInfo.username == 'system:serviceaccount:${namespace}:${accountName}'`,
          },
        ],
        validations: [
          {
            expression: `${place}.startsWith('${environmentPrefix}') && ${place} != '${namespace}'`,
            message: `Sconce works in namespaces that begin with ${environmentPrefix}, and in no other.`,
          },
        ],
      },
    },
    {
      apiVersion,
      kind: `${policy}Binding`,
      metadata: { name: platformRole, labels },
      spec: { policyName: platformRole, validationActions: ['Deny'] },
    },
  ];
}

/** Gives the account its rights in the namespace of an environment. */
export function makeEnvironmentBinding(namespace: string, account: Account, home: string): Manifest {
  return {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name: environmentRole, namespace, labels: { [label.home]: homeLabel(home) } },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: environmentRole },
    subjects: [{ kind: 'ServiceAccount', ...account }],
  };
}

export const tokenSecretName = 'sconce-token';

/** Kubernetes puts a token of the account into it that lasts until the Secret is removed: for a scheduler that runs elsewhere. */
export function makeTokenSecret({ home, namespace }: Pick<AccessOptions, 'home' | 'namespace'>): Manifest {
  const annotations = { 'kubernetes.io/service-account.name': accountName };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: tokenSecretName, namespace, labels: { [label.home]: homeLabel(home) }, annotations },
    type: 'kubernetes.io/service-account-token',
  };
}
