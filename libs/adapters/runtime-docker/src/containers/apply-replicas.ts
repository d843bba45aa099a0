import { checkTarget, ReplicasRefused, type ReplicaTarget } from '@sconce/ports';
import type { ContainerListing } from '../engine/engine.ts';
import { chooseGpus } from '../gpus/choose-gpus.ts';
import type { GpuInventory } from '../gpus/gpu-inventory.ts';
import type { Firewall } from '../isolation/firewall.ts';
import { label, parseReplicaLabels, type ReplicaLabels } from '../names.ts';
import type { GenerationFence } from '../state/generation-fence.ts';
import type { Locks } from '../state/locks.ts';
import { planReplicas, type ReplicaPlan, type StandingReplica, toStandingReplica } from './plan-replicas.ts';
import { sidecarsIn } from './replica-sidecars.ts';
import { createReplica, type ReplicaParts, startStandingReplica } from './start-replica.ts';
import { stopAndRemoveReplica } from './stop-replica.ts';

export interface ApplyParts extends ReplicaParts {
  readonly fence: GenerationFence;
  readonly firewall: Firewall;
  readonly gpus: GpuInventory;
  readonly locks: Locks;
  /** Ids that this process is stopping. */
  readonly leaving: Set<string>;
}

export async function applyReplicas(parts: ApplyParts, target: ReplicaTarget): Promise<void> {
  checkTarget(target);
  await parts.locks.run(target.release, async () => {
    const [isNewest, { listed, sandboxes, incomplete }] = await Promise.all([
      parts.fence.admit(target.service.service, target.generation),
      listService(parts, target),
    ]);
    const generations = listed.map(({ labels }) => labels.generation);
    const seen = Math.max(target.generation, ...generations);
    if (!isNewest || seen > target.generation) {
      await parts.fence.admit(target.service.service, seen);
      parts.log.debug(
        { service: target.service.service, generation: target.generation },
        'a stale generation was refused',
      );
      return;
    }
    const around = { leaving: parts.leaving, sandboxes, incomplete };
    const standing = listed
      .filter(({ labels }) => labels.release === target.release)
      .map(({ container, labels }) => toStandingReplica(container, labels, around));
    const plan = planReplicas(standing, target.replicas);
    if (plan.create.length + plan.start.length > 0) await parts.firewall.ready();
    await all(plan.clear.map((id) => stopReplica(parts, id)));
    await startMissing(parts, target, plan, standing);
    removeSurplus(parts, plan.remove);
  });
}

interface Listed {
  readonly container: ContainerListing;
  readonly labels: ReplicaLabels;
}

interface ListedService {
  readonly listed: readonly Listed[];
  /** Ids of those that run. */
  readonly sandboxes: ReadonlySet<string>;
  readonly incomplete: ReadonlySet<string>;
}

async function listService(parts: ApplyParts, target: ReplicaTarget): Promise<ListedService> {
  const containers = await parts.engine.listContainers([
    `${label.home}=${parts.home}`,
    `${label.service}=${target.service.service}`,
  ]);
  const listed = containers.flatMap((container) => {
    const labels = parseReplicaLabels(container.Labels, parts.home);
    return labels === null ? [] : [{ container, labels }];
  });
  const running = containers.filter(({ Labels, State }) => Labels[label.kind] === 'sandbox' && State === 'running');
  const incomplete = listed.filter(({ labels }) => {
    const sidecars = sidecarsIn(labels.sandbox, containers);
    return labels.sidecars.some((name) => !['running', 'restarting'].includes(sidecars.get(name)?.State ?? ''));
  });
  return {
    listed,
    sandboxes: new Set(running.map(({ Id }) => Id)),
    incomplete: new Set(incomplete.map(({ container }) => container.Id)),
  };
}

async function startMissing(
  parts: ApplyParts,
  target: ReplicaTarget,
  plan: ReplicaPlan,
  standing: readonly StandingReplica[],
): Promise<void> {
  const start = plan.start.map((id) => {
    const slot = standing.find((replica) => replica.id === id)?.slot ?? 0;
    // With GPUs it is left to the next pass: the devices it held went with the container.
    const again = target.resources.gpu === null ? () => createReplica(parts, target, slot, []) : null;
    return startStandingReplica(parts, target, id, again);
  });
  await all([...start, createMissing(parts, target, plan.create)]);
}

async function createMissing(parts: ApplyParts, target: ReplicaTarget, slots: readonly number[]): Promise<void> {
  const { gpu } = target.resources;
  if (gpu === null) return all(slots.map((slot) => createReplica(parts, target, slot, [])));
  if (slots.length === 0) return;
  // One at a time on this machine from choosing to creating: the container's label is what holds a device.
  await parts.locks.run('gpus', async () => {
    const [devices, taken] = await Promise.all([parts.gpus.all(), parts.gpus.taken()]);
    const choice = chooseGpus(devices, taken, gpu, slots.length);
    if ('reason' in choice) throw new ReplicasRefused(choice.reason, choice.message);
    await all(slots.map((slot, index) => createReplica(parts, target, slot, choice.devices[index] ?? [])));
  });
}

/** Goes on with the others when one fails, then throws the first failure: a refusal before what may pass. */
async function all(work: readonly Promise<void>[]): Promise<void> {
  const failures = (await Promise.allSettled(work)).flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  if (failures.length > 0) throw failures.find((error) => error instanceof ReplicasRefused) ?? failures[0];
}

/** Not waited for: a replica may take its whole stop timeout. What fails here is too many again in the next pass. */
function removeSurplus(parts: ApplyParts, ids: readonly string[]): void {
  for (const id of ids) {
    stopReplica(parts, id).catch((error: unknown) => {
      parts.log.warn({ err: error, container: id }, 'a replica too many was not removed');
    });
  }
}

/** Shown as stopping until it is gone. */
export async function stopReplica(parts: ApplyParts, id: string): Promise<void> {
  parts.leaving.add(id);
  try {
    await stopAndRemoveReplica(parts, id);
  } finally {
    parts.leaving.delete(id);
  }
}
