import { privateNetworks } from '@sconce/kubernetes-api';
import { ReplicasRefused, type ReplicaTarget } from '@sconce/ports';
import { aReplicaTarget, aSidecar } from '@sconce/testkit';
import { describe, expect, it } from 'vitest';
import { makeAccess } from './make-access.ts';
import { makeDeployment } from './make-deployment.ts';
import { makeEnvironment } from './make-environment.ts';
import { makeReleaseVariables } from './make-release-secret.ts';
import { makeDisruptionBudget, makeService } from './make-service.ts';
import { makeVolumeClaim } from './make-volume-claim.ts';

const id = (prefix: string, last: string) => `${prefix}_${last.padStart(26, '0')}` as never;
const home = 'main';
const target: ReplicaTarget = aReplicaTarget({
  service: {
    service: id('svc', '1'),
    environment: id('env', '2'),
    projectSlug: 'vision',
    environmentSlug: 'production',
    serviceSlug: 'resnet50',
  },
  release: id('rel', '3'),
  releaseNumber: 12,
  generation: 7,
  replicas: 2,
  image: { digest: `sha256:${'a'.repeat(64)}`, repository: 'registry.example/vision/resnet50' },
  command: ['serve', '--name', '$(HOSTNAME)'],
  environmentVariables: { MODEL: 'resnet152', 'ODD NAME': 'x' },
  probe: { path: '/healthz', startupTimeoutMs: 60_000, periodMs: 5_000, timeoutMs: 1_500, failureThreshold: 3 },
  resources: { cpuMilli: 2_000, memoryMiB: 4_096, gpu: null },
  volumes: [{ name: 'Models', path: '/models', sizeMiB: 2_048 }],
  stopTimeoutMs: 30_000,
});
const place = {
  home,
  podSecurity: 'restricted' as const,
  variables: makeReleaseVariables(target, home),
  gpu: null,
  resourceVersion: null,
  firstGeneration: 5,
};

describe('manifests', () => {
  it('of an environment', () => {
    const options = {
      home,
      podSecurity: 'restricted' as const,
      gatewayCidrs: ['10.0.0.5/32'],
      gatewayNamespace: null,
      egressExcept: privateNetworks,
      account: null,
    };
    expect(makeEnvironment(target.service, options)).toMatchSnapshot();
    const policies = (gatewayNamespace: string | null) =>
      JSON.stringify(makeEnvironment(target.service, { ...options, gatewayCidrs: [], gatewayNamespace }));
    expect(policies(null)).not.toContain('"name":"gateways"');
    expect(policies('sconce-system')).toContain('{"matchLabels":{"kubernetes.io/metadata.name":"sconce-system"}}');
  });

  it('of the least rights', () => {
    const options = { home, namespace: 'sconce-system', mayReadUsage: false, mayExec: true };
    expect(makeAccess(options)).toMatchSnapshot();
    const rules = (mayReadUsage: boolean) => JSON.stringify(makeAccess({ ...options, mayReadUsage }));
    expect([rules(false), rules(true)].map((text) => text.includes('nodes/proxy'))).toEqual([false, true]);
    const withoutExec = JSON.stringify(makeAccess({ ...options, mayExec: false }));
    expect([rules(false), withoutExec].map((text) => text.includes('pods/exec'))).toEqual([true, false]);
  });

  it('of a release', () => {
    expect(makeDeployment(target, place)).toMatchSnapshot();
  });

  it('of a release that asks for GPUs', () => {
    const gpu = {
      resource: 'nvidia.com/gpu',
      count: 2,
      nodes: { key: 'nvidia.com/gpu.product', values: ['NVIDIA-L4'] },
      tolerations: [{ key: 'nvidia.com/gpu', effect: 'NoSchedule' }],
    };
    expect(makeDeployment(target, { ...place, gpu }).spec).toMatchSnapshot();
  });

  it('of a release with sidecars', () => {
    const cache = aSidecar({ image: 'redis:7', command: ['redis-server', '$(A)'], cpuMilli: 250, memoryMiB: 64 });
    const tokens = aSidecar({ name: 'tokens', env: { MODEL: 'a$b', SCONCE_REPLICA: 'mine' }, sharesVariables: true });
    const { spec } = makeDeployment({ ...target, sidecars: [cache, tokens] }, place);
    const pod = (spec as { template: { spec: { initContainers: object[]; containers: object[] } } }).template.spec;
    expect(pod.initContainers).toMatchSnapshot();
    expect(pod.containers).toHaveLength(1);
  });

  it('of what stands beside releases', () => {
    expect([
      makeService(target, home, '42'),
      makeDisruptionBudget(target, home),
      makeReleaseVariables(target, home),
      ...target.volumes.map((volume) => makeVolumeClaim(target, volume, home)),
    ]).toMatchSnapshot();
  });

  it('do not change with the generation where pods would be made anew', () => {
    const template = (generation: number) =>
      (makeDeployment({ ...target, generation }, place).spec as { template: unknown }).template;
    expect(template(8)).toEqual(template(9));
  });

  it('hold variables up to 1 MiB, and no more', () => {
    const large = { ...target, environmentVariables: { A: 'x'.repeat(600_000), B: 'x'.repeat(600_000) } };
    expect(() => makeReleaseVariables(large, home)).toThrow(ReplicasRefused);
    expect(makeReleaseVariables({ ...target, environmentVariables: {} }, home)).toEqual({ secret: null, renamed: [] });
  });
});
