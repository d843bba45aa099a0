import {
  type GpuRequest,
  memoryOfReplica,
  nameGpuHolders,
  type Placement,
  type Refusal,
  suggestGpus,
} from '@sconce/core';
import { findCluster, findEnvironment, type ServiceStateRow } from '@sconce/db';
import { placement } from '@sconce/ports';
import { readGpuHolders } from './read-gpu-holders.ts';
import type { ReconcilerDeps, ServiceMemory } from './reconciler-deps.ts';
import { releaseOf, replicasWanted } from './to-service-state.ts';

const fits: Placement = { strategy: 'side_by_side' };
/** What others hold without serving is waited for this long: a drain, and the time to stop. Then what is there decides. */
const waitForRoomMs = 120_000;

/** Whether the rollout's release has a place on the runtime, and how it gets it. Asks for what is there now; null when there is no rollout. */
export async function findPlacement(
  deps: Pick<ReconcilerDeps, 'runtime' | 'db' | 'clock' | 'room'>,
  row: ServiceStateRow,
  memory: Pick<ServiceMemory, 'waitsForRoom'>,
): Promise<ServiceMemory['placement']> {
  const release = releaseOf(row, row.active?.release ?? null);
  if (row.active === null || release === null) return null;
  const { gpu } = release.spec.resources;
  const memoryMiB = memoryOfReplica(release.spec);
  const power = placement(deps.runtime);
  // What asks for nothing special fits, and what stands already fits.
  const asks = (gpu !== null || memoryMiB !== null) && !stands(row, release.replicaSet) && power !== null;
  if (!asks) return { rollout: row.active.id, verdict: fits };
  const wanted = { gpu, memoryMiB, replicas: replicasWanted(release), environment: row.environmentId };
  const refusal = await power.check({ ...wanted, service: row.id });
  if (refusal !== null) {
    const verdict =
      (refusal.reason === 'gpu_insufficient' ? waitForRoom(deps, row, memory) : null) ??
      (gpu === null ? refusal : await sayWhatHelps(deps, row, refusal, { request: gpu, replicas: wanted.replicas }));
    return { rollout: row.active.id, verdict };
  }
  // Started beside it, a live release that is to come back would take its GPUs first. And where nothing is live, one that never got ready may hold them.
  const isAlone = gpu === null || (!lacksGpus(row) && (await power.check(wanted)) === null);
  const verdict = isAlone ? fits : (waitForRoom(deps, row, memory) ?? ({ strategy: 'hand_over' } as const));
  return { rollout: row.active.id, verdict };
}

/** Null when nobody can free anything, or had the time to. */
function waitForRoom(
  { room, clock }: Pick<ReconcilerDeps, 'room' | 'clock'>,
  row: ServiceStateRow,
  memory: Pick<ServiceMemory, 'waitsForRoom'>,
): Placement | null {
  const rollout = row.active?.id;
  if (rollout === undefined) return null;
  if (memory.waitsForRoom?.rollout !== rollout) memory.waitsForRoom = { rollout, since: clock.now() };
  const gpus = clock.now() - memory.waitsForRoom.since > waitForRoomMs ? 0 : room.ask(row);
  if (gpus === 0) return null;
  const message = gpus === 1 ? '1 GPU is just being freed.' : `${gpus} GPUs are just being freed.`;
  return { waitsFor: 'room', message };
}

export function stands(row: ServiceStateRow, replicaSet: string): boolean {
  return row.replicas.some(
    ({ release, health }) => release === replicaSet && health !== 'stopping' && health !== 'exited',
  );
}

function lacksGpus(row: ServiceStateRow): boolean {
  const live = releaseOf(row, row.live);
  return live !== null && live.spec.resources.gpu !== null && !stands(row, live.replicaSet);
}

/** Too few are free: who has the others, since when nobody asked them, and what would help, from what was last heard of the cluster. */
async function sayWhatHelps(
  { db, clock }: Pick<ReconcilerDeps, 'db' | 'clock'>,
  row: ServiceStateRow,
  refusal: Refusal,
  wanted: { readonly request: GpuRequest; readonly replicas: number },
): Promise<Refusal> {
  if (refusal.reason !== 'gpu_insufficient') return refusal;
  const environment = await findEnvironment(db.tx, row.environmentId);
  const cluster = environment === null ? null : await findCluster(db.tx, environment.cluster);
  const { others } = await readGpuHolders(db.tx, row, clock.now());
  const words = [nameGpuHolders(others), suggestGpus({ ...wanted, pools: cluster?.pools ?? [], holders: others })];
  return { ...refusal, message: [refusal.message, ...words.filter((some) => some !== null)].join(' ') };
}
