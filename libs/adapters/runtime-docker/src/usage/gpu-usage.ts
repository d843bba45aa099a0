import type { GpuUsage } from '@sconce/ports';
import type { RunCommand } from '../isolation/firewall.ts';

const query = ['--query-gpu=uuid,utilization.gpu,memory.used', '--format=csv,noheader,nounits'];
const timeoutMs = 5_000;

/** By id. Slices of a GPU are not told apart by the driver, and missing here; so is everything when the driver does not answer. */
export async function readGpuUsage(run: RunCommand): Promise<ReadonlyMap<string, GpuUsage>> {
  try {
    const { stdout } = await run('nvidia-smi', query, { env: {}, timeoutMs });
    return parseGpuUsage(stdout.toString());
  } catch {
    return new Map();
  }
}

/** `GPU-5c1d..., 93, 1011`; `[N/A]` for what the driver cannot tell. */
export function parseGpuUsage(text: string): ReadonlyMap<string, GpuUsage> {
  const toNumber = (part: string | undefined) => (/^\d+$/.test(part ?? '') ? Number(part) : null);
  return new Map(
    text.split('\n').flatMap((line) => {
      const [id = '', percent, memory] = line.split(',').map((part) => part.trim());
      if (!id.startsWith('GPU-')) return [];
      return [[id, { id, percent: toNumber(percent), memoryMiB: toNumber(memory) }] as const];
    }),
  );
}
