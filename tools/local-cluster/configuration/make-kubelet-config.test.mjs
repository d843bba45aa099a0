import { expect, it } from 'vitest';
import { makeKubeletConfig } from './make-kubelet-config.mjs';

const node = {
  cgroup: '/sconce-1234abcd',
  clusterDns: '10.216.2.10',
  authority: '/c/authority.crt',
  certificate: '/c/kubelet-server.crt',
  key: '/c/kubelet-server.key',
  resolvConf: '/etc/resolv.conf',
  openFilesLimit: 20_000,
};

it('lets nobody in whom the cluster does not know', () => {
  expect(makeKubeletConfig(node)).toMatchObject({
    authentication: { anonymous: { enabled: false }, x509: { clientCAFile: '/c/authority.crt' } },
    authorization: { mode: 'Webhook' },
  });
});

it('asks for no more open files than it can have', () => {
  expect(makeKubeletConfig(node).maxOpenFiles).toBe(20_000);
  expect(makeKubeletConfig({ ...node, openFilesLimit: Number.POSITIVE_INFINITY }).maxOpenFiles).toBe(1_000_000);
});

it('keeps pods in the cgroup of this cluster, also with cgroup v1', () => {
  expect(makeKubeletConfig(node)).toMatchObject({
    cgroupRoot: '/sconce-1234abcd',
    cgroupDriver: 'cgroupfs',
    failCgroupV1: false,
  });
});
