import { homeLabel, homeLabelName, type Manifest, privateNetworks } from '@sconce/kubernetes-api';

export interface NamespaceOptions {
  readonly home: string;
  readonly namespace: string;
  /** Where the registry is an address; null where it has a name. */
  readonly registry: { readonly cidr: string; readonly port: number } | null;
  /** Addresses within private networks that builds reach: a registry that has a name, a package mirror. In CIDR notation. */
  readonly egressCidrs: readonly string[];
}

/** Where builds run. Nobody reaches them; they reach names, the internet, and what is listed. */
export function makeBuildNamespace({ home, namespace, registry, egressCidrs }: NamespaceOptions): readonly Manifest[] {
  const labels = { [homeLabelName]: homeLabel(home) };
  const kubeSystem = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } };
  const cidrs = egressCidrs.map((cidr) => ({ ipBlock: { cidr } }));
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      // Pod security has no level between: user namespaces need system calls that `baseline` refuses.
      metadata: { name: namespace, labels: { ...labels, 'pod-security.kubernetes.io/enforce': 'privileged' } },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'builds', namespace, labels },
      spec: {
        podSelector: {},
        policyTypes: ['Ingress', 'Egress'],
        egress: [
          { to: [kubeSystem], ports: ['UDP', 'TCP'].map((protocol) => ({ protocol, port: 53 })) },
          { to: [{ ipBlock: { cidr: '0.0.0.0/0', except: privateNetworks } }, ...cidrs] },
          ...(registry === null
            ? []
            : [{ to: [{ ipBlock: { cidr: registry.cidr } }], ports: [{ protocol: 'TCP', port: registry.port }] }]),
        ],
      },
    },
  ];
}
