import type { GpuRequest } from '../service/service-settings.ts';
import { fitsGpu, type GpuKind } from './fits-gpu.ts';
import { type GpuHolder, nameGpuHolders } from './name-gpu-holders.ts';
import { suggestGpus } from './suggest-gpus.ts';

/** How a release would get its place if its rollout began now. */
export interface PlacementForecast {
  readonly verdict: 'side_by_side' | 'hand_over' | 'refused';
  /** Null: it asks for none. */
  readonly gpus: { readonly needed: number; readonly free: number } | null;
  /** For how long requests would wait, as far as is known from before; null: not at all, or not known. */
  readonly holdMs: number | null;
  readonly message: string;
}

export interface Foreseen {
  readonly request: GpuRequest | null;
  readonly replicas: number;
  /** Its replicas run already, since an equal release is live. */
  readonly stands: boolean;
  readonly pools: readonly {
    readonly nodes: number;
    readonly gpus: readonly (GpuKind & { readonly total: number; readonly free: number })[];
  }[];
  /** GPUs that other replicas of the service hold. */
  readonly own: number;
  readonly others: readonly GpuHolder[];
  /** How long requests waited at hand-overs before. */
  readonly heldMs: readonly number[];
}

/**
 * The rule of `findPlacement`, from what is recorded instead of what the runtime says: GPUs that are free suffice, or together with the service's own, or not
 * even so. It holds nothing back, so what is free now may be taken by the time of the rollout.
 */
export function foreseeGpus({ request, replicas, stands, pools, own, others, heldMs }: Foreseen): PlacementForecast {
  if (stands)
    return {
      verdict: 'side_by_side',
      gpus: null,
      holdMs: null,
      message: 'Its replicas run already, so nothing has to start.',
    };
  if (request === null)
    return {
      verdict: 'side_by_side',
      gpus: null,
      holdMs: null,
      message: 'It starts beside what runs, and takes over once it answers.',
    };
  const fitting = pools.flatMap((pool) => pool.gpus).filter((gpu) => fitsGpu(gpu, request));
  const free = fitting.reduce((sum, gpu) => sum + gpu.free, 0);
  const taken = fitting.reduce((sum, gpu) => sum + gpu.total, 0) - free;
  const gpus = { needed: request.count * replicas, free };
  const are = `It needs ${gpus.needed} ${gpus.needed === 1 ? 'GPU that fits' : 'GPUs that fit'}, and ${free} ${free === 1 ? 'is' : 'are'} free`;
  if (free >= gpus.needed) {
    const message = `${are}: it starts beside what runs, and takes over once it answers.`;
    return { verdict: 'side_by_side', gpus, holdMs: null, message };
  }
  if (free + Math.min(own, taken) >= gpus.needed) {
    const holdMs = median(heldMs);
    const about = holdMs === null ? '' : `, about ${Math.max(1, Math.round(holdMs / 1_000))} s as before`;
    const message = `${are}: what runs ends first and gives up its own. Requests wait meanwhile${about}; none is lost.`;
    return { verdict: 'hand_over', gpus, holdMs, message };
  }
  const more = [nameGpuHolders(others), suggestGpus({ request, replicas, pools, holders: others })];
  const refused = `${are}, with ${own} of its own: it would be refused, and what runs goes on.`;
  const message = [refused, ...more.filter((words) => words !== null)].join(' ');
  return { verdict: 'refused', gpus, holdMs: null, message };
}

function median(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
}
