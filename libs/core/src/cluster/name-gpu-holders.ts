/** A service whose replicas hold GPUs. */
export interface GpuHolder {
  /** `shop/production/ocr`; null: whoever reads this may not know it. */
  readonly path: string | null;
  readonly gpus: number;
  /** Since its last request; null: not known. */
  readonly quietMs: number | null;
}

const mostNames = 3;
const minute = 60_000;
/** Less says nothing: many services are asked now and then. */
export const longQuietMs = 10 * minute;

/**
 * Who holds the GPUs that something waits for, those that nobody asked for longest first: `shop/staging/ocr` holds 2 and had no request for 6 h; services of
 * other projects hold 1. Null where nobody does.
 */
export function nameGpuHolders(holders: readonly GpuHolder[]): string | null {
  const named = holders.filter(({ path }) => path !== null).toSorted((a, b) => (b.quietMs ?? 0) - (a.quietMs ?? 0));
  const more = sum(named.slice(mostNames));
  const strange = sum(holders.filter(({ path }) => path === null));
  const parts = [
    ...named.slice(0, mostNames).map(toWords),
    ...(more > 0 ? [`other services of this project hold ${more}`] : []),
    ...(strange > 0 ? [`services of other projects hold ${strange}`] : []),
  ].join('; ');
  return parts === '' ? null : `${parts.charAt(0).toUpperCase()}${parts.slice(1)}.`;
}

const sum = (holders: readonly GpuHolder[]): number => holders.reduce((all, { gpus }) => all + gpus, 0);

function toWords({ path, gpus, quietMs }: GpuHolder): string {
  const quiet = quietMs !== null && quietMs >= longQuietMs ? ` and had no request for ${roughly(quietMs)}` : '';
  return `\`${path}\` holds ${gpus}${quiet}`;
}

/** `25 min`, `6 h`, `3 d`. */
function roughly(ms: number): string {
  const minutes = Math.floor(ms / minute);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}
