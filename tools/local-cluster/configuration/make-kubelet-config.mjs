/**
 * What the kubelet reads. Source of the fields: Kubernetes' docs, "Kubelet Configuration (v1beta1)".
 *
 * @param {{ cgroup: string, clusterDns: string, authority: string, certificate: string, key: string, resolvConf: string, openFilesLimit: number }} node
 *   `cgroup` that pods are in; `openFilesLimit`: the most that the kubelet may ask for
 */
export function makeKubeletConfig({ cgroup, clusterDns, authority, certificate, key, resolvConf, openFilesLimit }) {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: authority } },
    authorization: { mode: 'Webhook' },
    tlsCertFile: certificate,
    tlsPrivateKeyFile: key,
    containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
    cgroupDriver: 'cgroupfs',
    cgroupRoot: cgroup,
    // Machines with cgroup v1 are still around.
    failCgroupV1: false,
    failSwapOn: false,
    clusterDomain: 'cluster.local',
    clusterDNS: [clusterDns],
    resolvConf,
    volumePluginDir: '/var/lib/kubelet/volume-plugins',
    // It ends where it cannot have as many as this, so a machine with a low limit would have no node.
    maxOpenFiles: Math.min(openFilesLimit, 1_000_000),
    serializeImagePulls: false,
    // A build step that forks without end is to hurt its pod, and not the machine.
    podPidsLimit: 1_024,
    // The disk is the machine's, and mostly full with other things: pods are not evicted for it, nor the pause image removed.
    imageGCHighThresholdPercent: 100,
    evictionHard: {
      'nodefs.available': '0%',
      'nodefs.inodesFree': '0%',
      'imagefs.available': '0%',
      'memory.available': '100Mi',
    },
    // Tests wait for what a node says.
    nodeStatusReportFrequency: '10s',
    syncFrequency: '10s',
    fileCheckFrequency: '0s',
    httpCheckFrequency: '0s',
  };
}
