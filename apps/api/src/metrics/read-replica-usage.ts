import { type EpochMs, slotMs, toReplicaUsage } from '@sconce/core';
import { readServiceMetrics, type Tx } from '@sconce/db';
import { withTimes } from './with-times.ts';

/** What is older than this is not what a replica uses now. */
const lookBackMs = 6 * slotMs;

/** What replicas of a service used last, by their id; null for one that was not measured lately. */
export async function readReplicaUsage(tx: Tx, service: string, now: EpochMs) {
  const stretch = { resolutionSeconds: 10, since: now - lookBackMs, until: now } as const;
  const used = toReplicaUsage(await readServiceMetrics(tx, service, stretch));
  return (replica: string) => {
    const found = used.get(replica);
    return found === undefined ? null : withTimes(found);
  };
}
