import { type Database, openDatabase } from '@sconce/db';
import { publishBeforeApply } from '@sconce/engine';
import { createLog, parseEngineAddress, systemClock } from '@sconce/foundation';
import { createDockerImagePublisher, createDockerImageRegistry } from '@sconce/images-docker';
import { createDockerRuntime } from '@sconce/runtime-docker';
import { accountOf, createKubernetesRuntime, inCluster, readKubeConfig } from '@sconce/runtime-kubernetes';
import { loadKeys, openerFor } from '@sconce/secrets-local';
import type { SchedulerConfig } from './config.ts';
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
    imageRegistry: createDockerImageRegistry({ dockerHost: config.dockerHost, home: config.installation }),
    secretOpener: openerFor(keys, 'secret'),
    variableOpener: openerFor(keys, 'variable'),
    link: config.link,
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
  const runtime = createKubernetesRuntime({
    kubeConfig,
    cluster,
    home,
    clock: systemClock,
    podSecurity,
    gatewayCidrs,
    gatewayNamespace,
    ...(namespace === undefined ? {} : { account: accountOf({ namespace }) }),
  });
  const abort = new AbortController();
  const publisher = createDockerImagePublisher({ dockerHost, registry, credentials, home });
  return {
    ...publishBeforeApply(runtime, publisher, abort.signal),
    async stop() {
      abort.abort();
      await runtime.stop();
    },
  };
}
