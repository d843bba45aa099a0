export interface EarlyAnswer {
  readonly response: Response;
  /** When it came, by this machine's clock. */
  readonly atMs: number;
}

declare global {
  /** By path and query. `app/early.ts` asks before this script is here. */
  var sconceEarly: Map<string, Promise<EarlyAnswer>> | undefined;
}

/** The answer to what was asked ahead, once; null where nothing was, or nothing came. */
export async function takeEarlyAnswer(url: string, init: RequestInit): Promise<EarlyAnswer | null> {
  if (!globalThis.sconceEarly || (init.method ?? 'GET') !== 'GET') return null;
  const { origin, pathname, search } = new URL(url);
  if (origin !== globalThis.location.origin) return null;
  const early = globalThis.sconceEarly.get(`${pathname}${search}`);
  globalThis.sconceEarly.delete(`${pathname}${search}`);
  return early ? early.catch(() => null) : null;
}

/** From here on everything is asked anew: an answer from before would be older than events that came meanwhile. */
export function forgetEarlyAnswers(): void {
  globalThis.sconceEarly = undefined;
}
