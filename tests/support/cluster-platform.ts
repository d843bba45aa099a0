import { installationOf, systemClock } from '@sconce/foundation';
import { readKubeConfig } from '@sconce/kubernetes-api';
import { createKubernetesRuntime } from '@sconce/runtime-kubernetes';
import { buildImage, registryForPods } from './build-place.ts';
import { askCluster } from './cluster-node.ts';
import { type Platform, startPlatform } from './platform.ts';

export interface ClusterPlatform extends Platform {
  readonly runtime: ReturnType<typeof createKubernetesRuntime>;
  readonly installation: string;
}

/** Nothing listens there: who asks it fails. */
const noEngine = 'unix:///nonexistent/docker.sock';

/** `buildsThere`: it builds there as well, and no container engine is in reach. The platform with its replicas on the Kubernetes of `KUBECONFIG`, which pulls from `SCONCE_CLUSTER_REGISTRY`: `npm test -- --project cluster` sets both. */
export async function startPlatformOnCluster({ buildsThere = false } = {}): Promise<ClusterPlatform> {
  const { KUBECONFIG: kubeConfigFile, SCONCE_CLUSTER_REGISTRY: registry } = process.env;
  if (!kubeConfigFile || !registry)
    throw new Error('KUBECONFIG and SCONCE_CLUSTER_REGISTRY are not set: npm test -- --project cluster sets them');
  const platform = await startPlatform({
    environment: {
      SCONCE_KUBECONFIG: kubeConfigFile,
      SCONCE_REGISTRY: registry,
      // The tests' services are of root: what they show is not who they run as.
      SCONCE_POD_SECURITY: 'baseline',
      ...(buildsThere ? buildSettings() : {}),
    },
  });
  const home = installationOf(platform.home);
  const kubeConfig = readKubeConfig(kubeConfigFile);
  const runtime = createKubernetesRuntime({ kubeConfig, cluster: 'test', home, clock: systemClock });
  return {
    ...platform,
    runtime,
    installation: home,
    async stop() {
      await platform.processes.scheduler.end();
      for (const environment of await runtime.environments()) await runtime.removeEnvironment(environment, true);
      await runtime.stop();
      await platform.stop();
      if (buildsThere) await askCluster('DELETE', `/api/v1/namespaces/${buildNamespace}`);
    },
  };
}

const buildNamespace = `sconce-test-pushes-${process.pid}`;

const buildSettings = () => ({
  SCONCE_BUILDER: 'kubernetes',
  SCONCE_BUILD_IMAGE: buildImage(),
  SCONCE_BUILD_REGISTRY: registryForPods(),
  SCONCE_BUILD_NAMESPACE: buildNamespace,
  SCONCE_BUILD_MEMORY_MIB: '512',
  DOCKER_HOST: noEngine,
});
