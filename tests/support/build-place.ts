import { KubeConfig } from '@kubernetes/client-node';
import { createKubernetesBuilder, type KubernetesBuilderOptions } from '@sconce/builder-kubernetes';
import { silentLog, systemClock } from '@sconce/foundation';
import { createKubernetesApi, createObjects, type Objects } from '@sconce/kubernetes-api';
import { createOciImageRegistry } from '@sconce/registry-oci';

const setting = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: "npm test -- --project cluster" sets it.`);
  return value;
};

/** `host:port`, where this machine pushes and nodes pull. */
export const registryUnderTest = () => setting('SCONCE_CLUSTER_REGISTRY');
/** The same as pods reach it, with `http://` before it where it speaks no TLS. */
export const registryForPods = () => setting('SCONCE_CLUSTER_POD_REGISTRY');
export const buildImage = () => setting('SCONCE_BUILD_IMAGE');

/** Builds in the cluster of `KUBECONFIG`, in a namespace of its own. */
export function openClusterBuilder(home: string, change: Partial<KubernetesBuilderOptions> = {}) {
  const namespace = `sconce-test-${home}`;
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromDefault();
  const images = createOciImageRegistry({ registry: registryUnderTest(), credentials: null, home });
  const api = createKubernetesApi(kubeConfig, systemClock);
  const objects: Objects = createObjects(api);
  const builder = createKubernetesBuilder({
    kubeConfig,
    clock: systemClock,
    log: silentLog,
    home,
    namespace,
    image: buildImage(),
    registry: registryForPods(),
    credentials: null,
    images,
    egressCidrs: [],
    buildkitConfig: '',
    nodeSelector: {},
    tolerations: [],
    diskGiB: 5,
    ...change,
  });
  return {
    builder,
    images,
    objects,
    api,
    namespace,
    apiServer: kubeConfig.getCurrentCluster()?.server ?? '',
    async close() {
      await objects.remove('Namespace', null, namespace);
      while ((await objects.get('Namespace', null, namespace)) !== null) await systemClock.sleep(200);
      for (const { digest } of await images.list()) await images.remove(digest);
      await builder.stop();
      await api.close();
    },
  };
}
