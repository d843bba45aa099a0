/** One thing that a replica can be given: a whole GPU, or one MIG slice of it. */
export interface GpuDevice {
  /** As the container runtime takes it: `GPU-...` or `MIG-...`. */
  readonly id: string;
  /** `NVIDIA H100 80GB HBM3`; of a slice `NVIDIA H100 80GB HBM3 MIG 1g.10gb`. */
  readonly product: string;
  /** Null when the driver does not say. */
  readonly memoryMiB: number | null;
}

export const gpuQuery = ['--query-gpu=index,uuid,name,memory.total', '--format=csv'];

/**
 * Reads `nvidia-smi --query-gpu=index,uuid,name,memory.total --format=csv` and, for slices, `nvidia-smi -L` (empty when it was
 * not asked). A GPU that is cut into slices is replaced by them. Lines that are something else are skipped.
 */
export function parseNvidiaSmi(csv: string, list = ''): readonly GpuDevice[] {
  const slices = parseSlices(list);
  return csv.split('\n').flatMap((line) => {
    const gpu = parseGpu(line);
    if (gpu === null) return [];
    const own = slices.filter((slice) => slice.parent === gpu.id);
    if (own.length === 0) return [gpu];
    return own.map((slice) => ({
      id: slice.id,
      product: `${gpu.product} MIG ${slice.profile}`,
      memoryMiB: slice.memoryMiB,
    }));
  });
}

function parseGpu(line: string): GpuDevice | null {
  // The name is the only part that could hold a comma.
  const match = /^\s*\d+\s*,\s*(GPU-[0-9a-zA-Z-]+)\s*,\s*(.+?)\s*,\s*([^,]*)$/.exec(line);
  const [, id, product, memory] = match ?? [];
  if (id === undefined || product === undefined) return null;
  const mebibytes = /^(\d+)(?:\s*MiB)?\s*$/.exec(memory ?? '')?.[1];
  return { id, product, memoryMiB: mebibytes === undefined ? null : Number(mebibytes) };
}

interface Slice {
  readonly parent: string;
  readonly id: string;
  readonly profile: string;
  readonly memoryMiB: number | null;
}

/** `  MIG 1g.10gb     Device  0: (UUID: MIG-...)` under `GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-...)`. */
function parseSlices(list: string): readonly Slice[] {
  const slices: Slice[] = [];
  let parent: string | null = null;
  for (const line of list.split('\n')) {
    const gpu = /^GPU \d+: .*\(UUID: (GPU-[0-9a-zA-Z-]+)\)/.exec(line)?.[1];
    if (gpu !== undefined) parent = gpu;
    const [, profile, id] = /^\s+MIG (\S+)\s+Device\s+\d+: \(UUID: (MIG-[0-9a-zA-Z/-]+)\)/.exec(line) ?? [];
    if (profile === undefined || id === undefined || parent === null) continue;
    const gigabytes = /\.(\d+)gb/.exec(profile)?.[1];
    slices.push({ parent, id, profile, memoryMiB: gigabytes === undefined ? null : Number(gigabytes) * 1024 });
  }
  return slices;
}
