import { homeLabel, type Manifest } from '@sconce/kubernetes-api';
import type { ServiceRef } from '@sconce/ports';
import { annotation, label, namespaceName } from '../names.ts';
import type { Account } from './make-access.ts';

export type PodSecurity = 'restricted' | 'baseline';

export interface EnvironmentOptions {
  readonly home: string;
  /** What Kubernetes' pod security admission enforces: `restricted` takes no image that runs as root. */
  readonly podSecurity: PodSecurity;
  /** Where gateways and probes come from, if not from this namespace: addresses in CIDR notation. */
  readonly gatewayCidrs: readonly string[];
  /** The same for gateways in pods, whose addresses an `ipBlock` need not mean: the namespace they run in. */
  readonly gatewayNamespace: string | null;
  /** What pods may not reach outside their environment. */
  readonly egressExcept: readonly string[];
  /** The account that the runtime is, where it has no more than the rights of `makeAccess`; null where it may do more. */
  readonly account: Account | null;
}

/** More pods than this in one environment is a mistake, not a load. */
const mostPods = 2_000;

/** The namespace of an environment, and what holds for all that runs in it. */
export function makeEnvironment(service: ServiceRef, options: EnvironmentOptions): readonly Manifest[] {
  const namespace = namespaceName(service.environment);
  const labels = { [label.home]: homeLabel(options.home), [label.environment]: service.environment };
  const inside = (name: string) => ({ name, namespace, labels });
  return [
    makeNamespace(service, options, labels),
    {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: inside('sconce'),
      // For what is put beside ours by hand: the makers of replicas always say what they need.
      spec: { limits: [{ type: 'Container', defaultRequest: { cpu: '50m', memory: '64Mi' } }] },
    },
    {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: inside('sconce'),
      spec: { hard: { pods: String(mostPods) } },
    },
    ...makeNetworkPolicies(inside, options),
  ];
}

function makeNamespace(
  service: ServiceRef,
  options: EnvironmentOptions,
  labels: Readonly<Record<string, string>>,
): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: namespaceName(service.environment),
      labels: {
        ...labels,
        'pod-security.kubernetes.io/enforce': options.podSecurity,
        'pod-security.kubernetes.io/warn': 'restricted',
      },
      annotations: {
        [annotation.project]: service.projectSlug,
        [annotation.environmentSlug]: service.environmentSlug,
      },
    },
  };
}

type Inside = (name: string) => Manifest['metadata'];

/** Nothing in, nothing out; then what is needed. Services of one environment reach each other, and gateways reach them. */
function makeNetworkPolicies(inside: Inside, options: EnvironmentOptions): readonly Manifest[] {
  const { gatewayCidrs, gatewayNamespace, egressExcept } = options;
  const policy = (name: string, spec: unknown): Manifest => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: inside(name),
    spec,
  });
  const dnsPorts = ['UDP', 'TCP'].map((protocol) => ({ protocol, port: 53 }));
  const outside = { ipBlock: { cidr: '0.0.0.0/0', except: [...egressExcept] } };
  const gateways = [
    ...gatewayCidrs.map((cidr) => ({ ipBlock: { cidr } })),
    ...(gatewayNamespace === null
      ? []
      : [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': gatewayNamespace } } }]),
  ];
  return [
    policy('deny-all', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }),
    policy('same-environment', {
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ podSelector: {} }] }],
      egress: [{ to: [{ podSelector: {} }] }],
    }),
    ...(gateways.length === 0
      ? []
      : [policy('gateways', { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: gateways }] })]),
    policy('names', {
      podSelector: {},
      policyTypes: ['Egress'],
      egress: [
        {
          to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
          ports: dnsPorts,
        },
      ],
    }),
    policy('internet', { podSelector: {}, policyTypes: ['Egress'], egress: [{ to: [outside] }] }),
  ];
}
