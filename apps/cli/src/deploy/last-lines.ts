import { setTimeout as pause } from 'node:timers/promises';
import type { Build, Client, Rollout } from '@sconce/contract';

const count = 10;
const tries = 5;

/**
 * What a release that did not go live said last, oldest line first. The rollout holds it where it was known when it was taken back; else
 * the service's log is asked, for a little while: a process that died a moment ago is still being read.
 */
export async function lastLinesOf(client: Client, rollout: Rollout, signal: AbortSignal): Promise<string[]> {
  if (rollout.lastLines.length > 0) return rollout.lastLines.slice(-count).map((line) => line.text ?? '');
  const query = { release: rollout.release.name, order: 'newest', limit: count } as const;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const { data } = await client.listServiceLogs({ params: { service: rollout.service.id }, query, signal });
    if (data.length > 0) return data.toReversed().map((line) => line.text);
    await pause(400, undefined, { signal });
  }
  return [];
}

/** What a build that failed said last: without the builder's bookkeeping, and without the platform's own lines, which say what is said above them. */
export async function lastLinesOfBuild(
  client: Client,
  build: Pick<Build, 'id'>,
  signal: AbortSignal,
): Promise<string[]> {
  const query = { order: 'newest', limit: 50 } as const;
  const { data } = await client.listBuildLogs({ params: { build: build.id }, query, signal });
  const said = data.filter((line) => line.stream !== 'system' && isWorthReading(line.text));
  return said
    .slice(0, count)
    .map((line) => line.text)
    .toReversed();
}

/** What the builder notes for itself while it works: of no use to who waits. `sconce builds logs` shows all of it. */
export function isBookkeeping(text: string): boolean {
  return /^#\d+ (sha256:|DONE|transferring|resolve |exporting layers|writing image|naming to|\.\.\.)/.test(text);
}

export function isWorthReading(text: string): boolean {
  return text.trim() !== '' && !/^(#\d+ (sha256:|DONE|CACHED|transferring|resolve )|-+$)/.test(text);
}
