import { type DeploymentFacts, isConflict, isNamespaceTerminating, KubernetesRefused } from '@sconce/kubernetes-api';
import { checkTarget, ReplicasRefused, type ReplicaTarget } from '@sconce/ports';
import { makeDeployment } from '../manifests/make-deployment.ts';
import { makeReleaseVariables } from '../manifests/make-release-secret.ts';
import { makeDisruptionBudget } from '../manifests/make-service.ts';
import { makeVolumeClaim } from '../manifests/make-volume-claim.ts';
import { annotation, deploymentName, namespaceName } from '../names.ts';
import { chooseGpuPlace, type GpuPlace, parseGpuPlace } from '../pools/choose-gpu-pool.ts';
import { readPoolNodes } from '../pools/read-cluster.ts';
import type { Environments } from './ensure-environment.ts';
import { generationOf, passFence } from './generation-fence.ts';
import type { KubernetesParts } from './kubernetes-parts.ts';
import { chooseWhoLeaves, countBeside, standingPods } from './who-leaves.ts';

const mostTries = 10;
/** For Kubernetes' own controllers to make the pods; what is refused (a quota, say) shows in that time. */
const podsWithinMs = 15_000;
const lookEveryMs = 50;

/** Makes it so, as `Runtime.apply` says. */
export async function applyReplicas(
  parts: KubernetesParts,
  environments: Environments,
  target: ReplicaTarget,
): Promise<void> {
  checkTarget(target);
  if (target.replicas > 0 && target.image.repository === null) {
    throw new ReplicasRefused(
      'image_missing',
      'The image is in no registry that a cluster could pull it from. Name a registry for builds.',
    );
  }
  for (let tries = 1; ; tries += 1) {
    try {
      await applyOnce(parts, environments, target);
      return;
    } catch (error) {
      const mayTry = isConflict(error) || isNamespaceTerminating(error);
      if (isNamespaceTerminating(error)) environments.forget(target.service.environment);
      if (!mayTry || tries >= mostTries) throw toRefusal(error);
    }
  }
}

/** The API server has read it and will never take it. */
function toRefusal(error: unknown): unknown {
  if (!(error instanceof KubernetesRefused) || (error.statusCode !== 422 && error.statusCode !== 400)) return error;
  return new ReplicasRefused('start_failed', `Kubernetes does not take it: ${error.detail}`);
}

async function placeGpus(
  parts: KubernetesParts,
  { resources, replicas }: ReplicaTarget,
  standing: DeploymentFacts | null,
): Promise<GpuPlace | null> {
  if (resources.gpu === null || replicas === 0) return null;
  const kept = parseGpuPlace(standing?.metadata.annotations?.[annotation.gpu]);
  if (kept !== null) return kept;
  const place = chooseGpuPlace(parts.cluster, await readPoolNodes(parts), resources.gpu);
  if ('reason' in place) throw new ReplicasRefused(place.reason, place.message);
  return place;
}

async function applyOnce(parts: KubernetesParts, environments: Environments, target: ReplicaTarget): Promise<void> {
  const { objects, options } = parts;
  const namespace = namespaceName(target.service.environment);
  const name = deploymentName(target.service, target.releaseNumber, target.release);
  const standing = await objects.get<DeploymentFacts>('Deployment', namespace, name);
  // Before anything is made: what is refused leaves nothing behind.
  const gpu = await placeGpus(parts, target, standing);
  await environments.ensure(target.service);
  if (!(await passFence(parts, target))) return;
  if (target.replicas === 0) {
    if (standing !== null) await objects.merge('Deployment', namespace, name, toScale(standing, target));
    return;
  }
  const variables = makeReleaseVariables(target, options.home);
  const keepVariables = async () => {
    if (variables.secret !== null) await ignoringConflict(objects.create(variables.secret));
  };
  await keepVariables();
  for (const volume of target.volumes)
    await ignoringConflict(objects.create(makeVolumeClaim(target, volume, options.home)));
  await objects.apply(makeDisruptionBudget(target, options.home));
  const wanted = target.replicas + (standing === null ? 0 : await countBeside(parts, target));
  if (standing !== null && standing.spec.replicas > wanted) await chooseWhoLeaves(parts, target, wanted);
  const manifest = makeDeployment(
    { ...target, replicas: wanted },
    {
      home: options.home,
      podSecurity: options.podSecurity,
      variables,
      gpu,
      resourceVersion: standing?.metadata.resourceVersion ?? null,
      firstGeneration:
        standing === null ? target.generation : generationOf(standing.spec.template.metadata.annotations),
    },
  );
  await (standing === null ? objects.create(manifest) : objects.apply(manifest));
  // A retirement of the same release, that came just before, may have taken them along.
  await keepVariables();
  await untilPodsAreMade(parts, target, wanted, name);
}

function toScale({ metadata }: DeploymentFacts, target: ReplicaTarget) {
  return { metadata: { resourceVersion: metadata.resourceVersion }, spec: { replicas: target.replicas } };
}

async function untilPodsAreMade(
  parts: KubernetesParts,
  target: ReplicaTarget,
  wanted: number,
  name: string,
): Promise<void> {
  const namespace = namespaceName(target.service.environment);
  for (
    const since = parts.clock.now();
    parts.clock.now() - since < podsWithinMs;
    await parts.clock.sleep(lookEveryMs)
  ) {
    if ((await standingPods(parts, target)).length >= wanted) return;
    const deployment = await parts.objects.get<DeploymentFacts>('Deployment', namespace, name);
    if (deployment === null) return;
    const failure = deployment.status?.conditions?.find(
      ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
    );
    if (failure !== undefined)
      throw new ReplicasRefused(
        'start_failed',
        `Kubernetes makes no pod of it: ${failure.message ?? failure.reason ?? ''}`,
      );
  }
}

async function ignoringConflict(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
}
