import type { GpuRequest } from '../service/service-settings.ts';
import { fitsGpu, type GpuKind, hasGpuMemory } from './fits-gpu.ts';
import { type GpuHolder, longQuietMs } from './name-gpu-holders.ts';

export interface Shortage {
  readonly request: GpuRequest;
  readonly replicas: number;
  readonly pools: readonly {
    readonly nodes: number;
    readonly gpus: readonly (GpuKind & { readonly total: number; readonly free: number })[];
  }[];
  /** Other services that hold GPUs of these pools, of whatever kind. */
  readonly holders: readonly GpuHolder[];
}

/**
 * What would help where too few GPUs are free, as a sentence: a kind that is free, a service that nobody asked for long. Null where nothing of this is
 * known to help. Which kind a service holds is not recorded: it is named only where nobody holds a GPU of another kind.
 */
export function suggestGpus({ request, replicas, pools, holders }: Shortage): string | null {
  const others = pools.flatMap((pool) => pool.gpus).filter((gpu) => !fitsGpu(gpu, request));
  const isSure = others.every(({ total, free }) => free === total);
  const [quietest] = holders
    .filter(({ path, quietMs }) => path !== null && (quietMs ?? 0) >= longQuietMs)
    .toSorted((a, b) => (b.quietMs ?? 0) - (a.quietMs ?? 0));
  const leave = isSure && quietest !== undefined ? `delete \`${quietest.path}\` if it is not needed any more` : null;
  const free = findFreeKinds({ request, replicas, pools });
  const use = free.length > 0 ? `ask for ${free.join(' or ')}, which is free` : null;
  const words = [use, leave].filter((part) => part !== null).join(', or ');
  return words === '' ? null : `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

/** Of pools whose nodes have enough for one replica, and enough free for all. */
function findFreeKinds({ request, replicas, pools }: Omit<Shortage, 'holders'>): readonly string[] {
  const kinds = pools.flatMap(({ nodes, gpus }) =>
    gpus
      .filter((gpu) => !fitsGpu(gpu, request) && hasGpuMemory(gpu, request.memoryMiB))
      .filter(({ total, free }) => free >= request.count * replicas && total / Math.max(1, nodes) >= request.count),
  );
  return [...new Set(kinds.map(({ product }) => product))].toSorted();
}
