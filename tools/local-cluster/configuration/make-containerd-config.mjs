/**
 * containerd's own configuration, version 2: 1.6 reads it, and 2.x still does.
 * @param {{ sandboxImage: string, pluginFolder: string, networkFolder: string, registryFolder: string, snapshotter: string }} node
 */
export function makeContainerdConfig({ sandboxImage, pluginFolder, networkFolder, registryFolder, snapshotter }) {
  const text = JSON.stringify;
  return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
# Whoever runs this without the power to lower the score of a process could start none otherwise.
oom_score = 0

[grpc]
  address = "/run/containerd/containerd.sock"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${text(sandboxImage)}
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true

[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = ${text(snapshotter)}
  default_runtime_name = "runc"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = false

[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = ${text(pluginFolder)}
  conf_dir = ${text(networkFolder)}

[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = ${text(registryFolder)}
`;
}

/** Overlays cannot lie on an overlay (a clone in a container): there, layers are copied. */
export const decideSnapshotter = (fileSystemType) => (fileSystemType === overlayFileSystem ? 'native' : 'overlayfs');
const overlayFileSystem = 0x794c7630;
