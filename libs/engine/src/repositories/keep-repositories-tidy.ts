import { holdLease, listRepositories, type RepositoryRow } from '@sconce/db';
import { tidying } from '@sconce/ports';
import type { SourceHosts } from '../deliveries/source-hosts.ts';
import type { Deps } from '../deps.ts';

const leaseName = 'tidy-repositories';
/** Longer than one repository may take, so that nobody else begins while it does. */
const leaseMs = 720_000;
const oneMs = 600_000;
const pageSize = 100;

export interface TidyRounds {
  readonly holder: string;
  readonly everyMs: number;
}

/**
 * Tidies the repositories that are stored here, one after the other, once every `everyMs` in the whole installation, until the signal
 * aborts. A round ends after `everyMs` at the latest and the next one goes on from there.
 */
export async function keepRepositoriesTidy(
  deps: Deps & { readonly sources: SourceHosts },
  rounds: TidyRounds,
  signal: AbortSignal,
): Promise<void> {
  let after: string | null = null;
  while (!signal.aborted) {
    await deps.clock.sleep(rounds.everyMs, signal).catch(() => {});
    if (signal.aborted) return;
    try {
      after = await tidyRound(deps, rounds, after, signal);
    } catch (error) {
      if (!signal.aborted) deps.log.warn({ err: error }, 'repositories could not be tidied');
    }
  }
}

/** Answers where the next round goes on; null: from the start. */
async function tidyRound(
  deps: Deps & { readonly sources: SourceHosts },
  { holder, everyMs }: TidyRounds,
  from: string | null,
  signal: AbortSignal,
): Promise<string | null> {
  const until = deps.clock.now() + everyMs;
  let after = from;
  for (;;) {
    const page = await listRepositories(
      deps.db.tx,
      { projectId: null, kind: 'builtin' },
      { limit: pageSize, after, order: 'oldest' },
    );
    for (const repository of page) {
      if (signal.aborted || deps.clock.now() > until) return after;
      if ((await holdLease(deps.db.tx, leaseName, holder, leaseMs)) === null) return after;
      await tidy(deps, repository, signal);
      after = repository.id;
    }
    if (page.length < pageSize) break;
  }
  // The others' rounds come due in this time: this one was theirs, too.
  await holdLease(deps.db.tx, leaseName, holder, everyMs / 2);
  return null;
}

async function tidy(
  deps: Deps & { readonly sources: SourceHosts },
  repository: RepositoryRow,
  signal: AbortSignal,
): Promise<void> {
  const host = deps.sources.builtin;
  const power = host === null ? null : tidying(host);
  if (power === null) return;
  const { hostId, fullName, installationId } = repository;
  const one = { host: 'builtin', hostId, fullName, installationId } as const;
  try {
    await power.tidy(one, AbortSignal.any([signal, AbortSignal.timeout(oneMs)]));
  } catch (error) {
    // One that is broken must not keep the others from it.
    if (!signal.aborted) deps.log.warn({ repository: repository.id, err: error }, 'a repository was not tidied');
  }
}
