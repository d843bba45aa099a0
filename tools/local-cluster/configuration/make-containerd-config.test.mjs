import { expect, it } from 'vitest';
import { decideSnapshotter, makeContainerdConfig } from './make-containerd-config.mjs';

it('quotes paths as TOML does', () => {
  const text = makeContainerdConfig({
    sandboxImage: 'local-cluster/pause:1',
    pluginFolder: '/usr/lib/cni',
    networkFolder: '/home/ana/a "clone"/network',
    registryFolder: '/r',
    snapshotter: 'overlayfs',
  });
  expect(text).toContain('conf_dir = "/home/ana/a \\"clone\\"/network"');
  expect(text).toContain('sandbox_image = "local-cluster/pause:1"');
  expect(text).toContain('restrict_oom_score_adj = true');
});

it('copies layers where they would lie on an overlay', () => {
  const ext4 = 0xef53;
  expect(decideSnapshotter(ext4)).toBe('overlayfs');
  expect(decideSnapshotter(0x794c7630)).toBe('native');
});
