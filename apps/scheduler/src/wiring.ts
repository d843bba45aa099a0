import { type Database, openDatabase } from '@sconce/db';
import { publishBeforeApply } from '@sconce/engine';
import { createLog, parseEngineAddress, systemClock } from '@sconce/foundation';
import { createDockerImagePublisher, createDockerImageRegistry } from '@sconce/images-docker';
import { inCluster, readKubeConfig, toKubeConfig } from '@sconce/kubernetes-api';
import type { ClusterFactory, ImageRegistry } from '@sconce/ports';
import { createOciImagePublisher, createOciImageRegistry } from '@sconce/registry-oci';
import { createDockerRuntime } from '@sconce/runtime-docker';
import { accountOf, createKubernetesRuntime, type KubernetesRuntimeOptions } from '@sconce/runtime-kubernetes';
import { loadKeys, openerFor } from '@sconce/secrets-local';
import type { KubernetesConfig, SchedulerConfig } from './config.ts';
import type { SchedulerParts } from './start-scheduler.ts';

/** Chooses the adapters; the only file of the scheduler that names one. */
export async function wire(
  config: SchedulerConfig,
  shared: { readonly db?: Database } = {},
): Promise<{ parts: SchedulerParts; close: () => Promise<void> }> {
  const log = createLog('scheduler', config.logLevel);
  const keys = await loadKeys(config.keys);
  const runtime = createRuntime(config, log);
  const onError = (error: unknown) => log.warn({ err: error }, 'the database reported an error');
  const db = shared.db ?? openDatabase({ url: config.databaseUrl, onError });
  const parts: SchedulerParts = {
    db,
    log,
    clock: systemClock,
    runtime,
    openCluster: clusterFactory(config),
    imageRegistry: imageRegistryOf(config),
    secretOpener: openerFor(keys, 'secret'),
    variableOpener: openerFor(keys, 'variable'),
    link: config.link,
    mayExec: config.mayExec,
  };
  const close = async () => {
    await runtime.stop();
    if (!shared.db) await db.close();
  };
  return { parts, close };
}

/** Replicas run where images are built, or on the Kubernetes that the configuration names. */
function createRuntime(config: SchedulerConfig, log: ReturnType<typeof createLog>) {
  const { kubernetes, installation: home, dockerHost } = config;
  if (kubernetes === null) {
    const engine = parseEngineAddress(dockerHost);
    return createDockerRuntime({ engine, home, clock: systemClock, log, stateDirectory: config.stateDirectory });
  }
  const { kubeConfigFile, registry, credentials, podSecurity, gatewayCidrs, gatewayNamespace } = kubernetes;
  const kubeConfig = readKubeConfig(kubeConfigFile);
  const cluster = kubeConfig.getCurrentContext();
  // A pod's account has the rights of makeAccess and no more: it binds its role in each environment.
  const namespace = kubeConfigFile === inCluster ? kubeConfig.getContextObject(cluster)?.namespace : undefined;
  const account = namespace === undefined ? {} : { account: accountOf({ namespace }) };
  const options = { kubeConfig, cluster, podSecurity, gatewayCidrs, gatewayNamespace, ...account };
  return runOnKubernetes(config, options, { registry, credentials });
}

/** Opens the clusters that were added, each with its own registry. */
function clusterFactory(config: SchedulerConfig): ClusterFactory {
  return ({ name, access, registry, registryCredentials: credentials, podSecurity, gatewayCidrs, account }) => {
    const options = { kubeConfig: toKubeConfig(name, access), cluster: name, podSecurity, gatewayCidrs };
    const runtime = runOnKubernetes(config, { ...options, ...(account && { account }) }, { registry, credentials });
    return { runtime, stop: () => runtime.stop() };
  };
}

/** Where built images are: in the engine that built them, or in the registry that builds pushed to. */
function imageRegistryOf({ kubernetes, installation: home, dockerHost }: SchedulerConfig): ImageRegistry {
  if (kubernetes === null || !kubernetes.buildsThere) return createDockerImageRegistry({ dockerHost, home });
  return createOciImageRegistry({ ...kubernetes, registry: registryHere(kubernetes), home });
}

/** In a pod this process knows the registry as builds do. */
const registryHere = ({ kubeConfigFile, registry, registryForPods }: KubernetesConfig) =>
  kubeConfigFile === inCluster ? registryForPods : registry;

/** Images are brought to the registry of the cluster before they are needed there, or are looked for in it where builds push to one themselves. */
function runOnKubernetes(
  { installation: home, dockerHost, kubernetes }: SchedulerConfig,
  options: Omit<KubernetesRuntimeOptions, 'home' | 'clock'>,
  { registry, credentials }: Pick<KubernetesConfig, 'registry' | 'credentials'>,
) {
  const runtime = createKubernetesRuntime({ ...options, home, clock: systemClock });
  const abort = new AbortController();
  const place = { registry, credentials, home };
  const here = kubernetes !== null && kubernetes.registry === registry ? registryHere(kubernetes) : registry;
  const publisher = kubernetes?.buildsThere
    ? createOciImagePublisher({ ...place, images: createOciImageRegistry({ ...place, registry: here }) })
    : createDockerImagePublisher({ dockerHost, ...place });
  return {
    ...publishBeforeApply(runtime, publisher, abort.signal),
    async stop() {
      abort.abort();
      await runtime.stop();
    },
  };
}
