/**
 * CoreDNS' own configuration.
 * @param {{ address: string, kubeconfig: string, upstream: string | null }} server `upstream`: a resolv.conf, for all other names
 */
export function makeNameServerConfig({ address, kubeconfig, upstream }) {
  const forward = upstream === null ? '' : `\n  forward . ${upstream}`;
  return `. {
  bind ${address}
  errors
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    kubeconfig ${kubeconfig}
    pods insecure
    fallthrough in-addr.arpa ip6.arpa
  }${forward}
  cache 30
}
`;
}

/**
 * What CoreDNS may read, and the Service by which pods reach it: without a selector, since it is no pod.
 * @param {{ serviceAddress: string, address: string }} server
 * @returns {{ path: string, object: any }[]} in the order in which they are applied
 */
export function makeNameServerObjects({ serviceAddress, address }) {
  const ports = ['UDP', 'TCP'].map((protocol) => ({ name: `dns-${protocol.toLowerCase()}`, port: 53, protocol }));
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const read = (apiGroups, resources) => ({ apiGroups, resources, verbs: ['list', 'watch'] });
  return [
    {
      path: `${rbac}/clusterroles`,
      object: {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: 'system:coredns' },
        rules: [
          read([''], ['endpoints', 'services', 'pods', 'namespaces']),
          read(['discovery.k8s.io'], ['endpointslices']),
        ],
      },
    },
    {
      path: `${rbac}/clusterrolebindings`,
      object: {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'system:coredns' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:coredns' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'system:coredns' }],
      },
    },
    {
      path: '/api/v1/namespaces/kube-system/services',
      object: {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'kube-dns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
        spec: { clusterIP: serviceAddress, ports: ports.map((port) => ({ ...port, targetPort: 53 })) },
      },
    },
    {
      path: '/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices',
      object: {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: 'kube-dns', namespace: 'kube-system', labels: { 'kubernetes.io/service-name': 'kube-dns' } },
        addressType: 'IPv4',
        endpoints: [{ addresses: [address], conditions: { ready: true } }],
        ports,
      },
    },
  ];
}

/** As what policies know the name server: it is no pod, but they are written for clusters where it is one, with this label. */
export const makeNameServerPod = (address) => ({
  metadata: { namespace: 'kube-system', name: 'name-server', labels: { 'k8s-app': 'kube-dns' } },
  spec: {
    containers: [
      {
        ports: [
          { name: 'dns', protocol: 'UDP', containerPort: 53 },
          { name: 'dns-tcp', protocol: 'TCP', containerPort: 53 },
        ],
      },
    ],
  },
  status: { podIP: address, phase: 'Running' },
});
