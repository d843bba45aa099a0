import { describeExit, describeRestarts, type Reason } from '@sconce/core';
import type { ContainerFacts } from '../engine/engine.ts';
import { isRunning, processStart } from './to-observed-replica.ts';

/** What keeps a replica from being ready, besides its own process. */
export interface SidecarTrouble {
  readonly reason: Reason;
  readonly message: string;
}

/** One that was started again has to run for so long before it counts as well; else a crash loop would look well between its crashes. */
const wellAfterMs = 10_000;

/** Of the first one that does not do well; null when all of them run. `facts` are of sidecars that stand, by name. */
export function findSidecarTrouble(
  names: readonly string[],
  facts: ReadonlyMap<string, ContainerFacts | null>,
  now: number,
): SidecarTrouble | null {
  for (const name of names) {
    const trouble = troubleOf(name, facts.get(name) ?? null, now);
    if (trouble !== null) return trouble;
  }
  return null;
}

function troubleOf(name: string, facts: ContainerFacts | null, now: number): SidecarTrouble | null {
  const start = facts === null ? null : processStart(facts);
  if (facts === null || start === null)
    return {
      reason: facts?.State.Error ? 'start_failed' : 'waiting_for_replicas',
      message: facts?.State.Error
        ? `Its sidecar ${name} could not be started: ${facts.State.Error.slice(0, 300)}`
        : `It waits for its sidecar ${name}.`,
    };
  const { RestartCount, State } = facts;
  const age = now - Date.parse(start);
  const isFresh = RestartCount > 0 && age >= 0 && age < wellAfterMs;
  if (isRunning(facts) && !isFresh) return null;
  if (State.OOMKilled)
    return {
      reason: 'out_of_memory',
      message: `Its sidecar ${name} ran out of memory and was ended.${describeRestarts(RestartCount)}`,
    };
  if (isRunning(facts))
    return { reason: 'crash_loop', message: `Its sidecar ${name} ended.${describeRestarts(RestartCount)}` };
  if (!State.Restarting && RestartCount === 0 && State.Status === 'exited')
    return { reason: 'waiting_for_replicas', message: `Its sidecar ${name} was stopped and will be started again.` };
  return { reason: 'crash_loop', message: `Its sidecar ${name}: ${describeExit(State.ExitCode, RestartCount)}` };
}
