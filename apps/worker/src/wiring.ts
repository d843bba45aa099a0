import { createDockerBuilder } from '@sconce/builder-docker';
import { type Database, openDatabase } from '@sconce/db';
import { createLog, type Log, systemClock } from '@sconce/foundation';
import { createDockerImageRegistry, createDockerPackageReader } from '@sconce/images-docker';
import { openQueue } from '@sconce/queue';
import { createOciImageRegistry, createOciPackageReader } from '@sconce/registry-oci';
import { loadKeys, openerFor, sealerFor } from '@sconce/secrets-local';
import { createBuiltinSourceHost } from '@sconce/source-builtin';
import type { ClusterBuilds } from './cluster-builds.ts';
import type { WorkerConfig } from './config.ts';
import type { WorkerParts } from './start-worker.ts';

/** A silent worker's builds are another's after this long. */
const leaseMs = 15_000;
const sweepEveryMs = 2_500;
const forgottenAfterMs = 2_000;
const tidyEveryMs = 3_600_000;
const readPackagesEveryMs = 5_000;

/** Chooses the adapters; the only file of the worker that names one. */
export async function wire(
  config: WorkerConfig,
  shared: { readonly db?: Database } = {},
): Promise<{ parts: WorkerParts; close: () => Promise<void> }> {
  const log = createLog('worker', config.logLevel);
  const keys = await loadKeys(config.keys);
  const db =
    shared.db ??
    openDatabase({
      url: config.databaseUrl,
      onError: (error) => log.warn({ err: error }, 'the database reported an error'),
    });
  const queue = openQueue({ url: config.redisUrl, log, prefix: `sconce-${config.installation}` });
  // Loaded where there is a GitHub to ask: its client is a tenth of an idle process.
  const github =
    config.github === null
      ? null
      : (await import('@sconce/source-github')).createGithubSourceHost({ ...config.github, log });
  const making =
    config.clusterBuilds === null ? makeInEngine(config, log) : await makeInCluster(config, config.clusterBuilds, log);
  const { workDirectory, buildsAtOnce, limits } = config;
  const parts: WorkerParts = {
    db,
    queue,
    log,
    clock: systemClock,
    sources: {
      builtin: createBuiltinSourceHost({ gitDirectory: config.gitDirectory }),
      github,
    },
    ...making,
    secretOpener: openerFor(keys, 'secret'),
    variableSealer: sealerFor(keys, 'variable'),
    settings: {
      workDirectory,
      buildsAtOnce,
      limits,
      leaseMs,
      sweepEveryMs,
      forgottenAfterMs,
      tidyEveryMs,
      readPackagesEveryMs,
    },
  };
  const close = async () => {
    await queue.close();
    if (!shared.db) await db.close();
  };
  return { parts, close };
}

type Making = Pick<WorkerParts, 'builder' | 'images' | 'packageReader'>;

function makeInEngine({ dockerHost, installation: home }: WorkerConfig, log: Log): Making {
  const engine = { dockerHost, home, log };
  return {
    builder: createDockerBuilder(engine),
    images: createDockerImageRegistry(engine),
    packageReader: createDockerPackageReader({ ...engine, clock: systemClock }),
  };
}

/** No container engine is asked for anything. */
async function makeInCluster({ installation: home }: WorkerConfig, settings: ClusterBuilds, log: Log): Promise<Making> {
  // Loaded where it is used, as GitHub's is.
  const [{ createKubernetesBuilder }, { inCluster, readKubeConfig }] = await Promise.all([
    import('@sconce/builder-kubernetes'),
    import('@sconce/kubernetes-api'),
  ]);
  const { kubeConfigFile, registry, registryForPods, credentials, ...place } = settings;
  // In a pod this process knows the registry as builds do.
  const store = { registry: kubeConfigFile === inCluster ? registryForPods : registry, credentials, home };
  const images = createOciImageRegistry(store);
  const options = { ...place, home, log, clock: systemClock, kubeConfig: readKubeConfig(kubeConfigFile) };
  const builder = createKubernetesBuilder({ ...options, registry: registryForPods, credentials, images });
  return { builder, images, packageReader: createOciPackageReader({ ...store, clock: systemClock }) };
}
