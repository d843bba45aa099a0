import { waitUntil } from '@sconce/testkit';
import { startPlatformOnCluster } from '../../tests/support/cluster-platform.ts';
import { findDockerClient } from '../../tests/support/docker-client.ts';
import { ensureTinyBase, tinyRepository } from '../../tests/support/tiny-service.ts';
import { openWorkshop, type Workshop } from '../../tests/support/workshop.ts';
import { untilAnswer } from '../push-to-live/plain-script.ts';
import { PlainKubectl } from './plain-kubectl.ts';

/**
 * Push to the first 200 of the new release on a Kubernetes, against what one would type for it: `docker build`, `docker push`, `kubectl apply`, `kubectl rollout
 * status`. Same engine, registry and node, same one-layer change, in turn. Then a rollback while the replicas of the release before still stand, against the same.
 *
 * It takes the cluster of `KUBECONFIG` and the registry of `SCONCE_CLUSTER_REGISTRY`; the local cluster's `start` prints both.
 */
const turns = Number(process.argv[2] ?? 8);
const docker = findDockerClient();
ensureTinyBase(docker);
const platform = await startPlatformOnCluster();
try {
  const workshop = await openWorkshop(platform, 'bench', { watchMs: 15_000 });
  const plain = new PlainKubectl(docker, workshop.clone.directory, process.env.SCONCE_CLUSTER_REGISTRY ?? '');
  try {
    await measure(workshop, plain);
  } finally {
    plain.remove();
    workshop.remove();
  }
} finally {
  await platform.stop();
}

async function measure(workshop: Workshop, plain: PlainKubectl): Promise<void> {
  const times = { kubectl: [] as number[], push: [] as number[], rollback: [] as number[] };
  let before = '';
  for (let turn = 0; turn <= turns; turn += 1) {
    const body = `turn ${turn} ${Date.now()}`;
    const commit = workshop.clone.commit(tinyRepository({ body }), `Turn ${turn}`);
    const byHand = async () => void times.kubectl.push(await plain.deploy(body));
    const byPush = async () => {
      const began = performance.now();
      await workshop.clone.push();
      await untilAnswer(workshop.url.href, body, 120_000);
      times.push.push(performance.now() - began);
      await workshop.live(commit);
    };
    for (const side of turn % 2 === 0 ? [byHand, byPush] : [byPush, byHand]) await side();
    if (before !== '') times.rollback.push(await rolledBack(workshop, before));
    // What was rolled back to is what is live from then on.
    before ||= body;
    await atRest(workshop);
    await workshop.client.updateService({ params: { service: workshop.service }, body: { autoDeploy: true } });
  }
  // The first turn warms both sides.
  times.kubectl.shift();
  times.push.shift();
  const base = median(times.kubectl);
  print('build, push, kubectl', times.kubectl, base, null);
  print('git push to live', times.push, base, 1.25);
  print('rollback, both stand', times.rollback, base, 0.1);
}

/** The replicas of the release before stand by while the new one is watched. */
async function rolledBack(workshop: Workshop, body: string): Promise<number> {
  const began = performance.now();
  await workshop.client.createRollback({ params: { service: workshop.service }, body: {} });
  await untilAnswer(workshop.url.href, body, 120_000);
  return performance.now() - began;
}

async function atRest(workshop: Workshop): Promise<void> {
  await waitUntil(
    'one release to be left',
    async () => {
      const { data } = await workshop.client.listReplicas({ params: { service: workshop.service } });
      return data.length === 1 && data[0]?.health === 'ready';
    },
    240_000,
    200,
  );
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function print(name: string, values: readonly number[], base: number, limit: number | null): void {
  const middle = median(values);
  const verdict = limit === null ? '' : ` (limit ${limit}: ${middle / base <= limit ? 'met' : 'NOT met'})`;
  process.stdout.write(
    `${name.padEnd(22)} median ${middle.toFixed(0).padStart(5)} ms, ${Math.min(...values).toFixed(0)}-${Math.max(...values).toFixed(0)} ms over ${values.length}  ratio ${(middle / base).toFixed(2)}${verdict}\n`,
  );
}
