import type { EnvironmentId, ServiceId } from '@sconce/core';
import type { Clock } from '@sconce/ports';
import type { Engine } from '../engine/engine.ts';
import { isNetworkMissing } from '../engine/engine-errors.ts';
import type { EnvironmentNetworks } from '../isolation/environment-networks.ts';
import { namesNetworkName } from '../names.ts';

export interface NamedReplica {
  readonly service: ServiceId;
  readonly environment: EnvironmentId;
  /** The name under which the environment's other services find it. */
  readonly alias: string;
  readonly sandbox: string;
}

/**
 * Gives a replica its service's name once it is ready, and not before: the engine answers a name with every container that has
 * it. It keeps the name until it is gone, since taking it away would cut what it is still answering.
 */
export interface ServiceNames {
  /** Fine when it has it. */
  give(replica: NamedReplica): Promise<void>;
  /** Resolves once all names that are being given to this service's replicas are, or failed. */
  settled(service: ServiceId): Promise<void>;
}

/** The moment in which a release goes live is not shared with this: the engine looks at nothing of a replica while it connects it. */
const giveAfterMs = 100;

export function createServiceNames(
  { engine, clock, signal }: { readonly engine: Engine; readonly clock: Clock; readonly signal: AbortSignal },
  networks: EnvironmentNetworks,
): ServiceNames {
  const giving = new Map<string, { readonly service: ServiceId; readonly done: Promise<void> }>();

  async function connect({ environment, alias, sandbox }: NamedReplica, mayRepeat = true): Promise<void> {
    await networks.ensure(environment, 'names');
    try {
      await engine.connectNetwork(namesNetworkName(environment), sandbox, [alias]);
    } catch (error) {
      if (!isNetworkMissing(error) || !mayRepeat) throw error;
      networks.forget(environment);
      await connect({ environment, alias, sandbox } as NamedReplica, false);
    }
  }

  return {
    async give(replica) {
      const underway = giving.get(replica.sandbox);
      if (underway !== undefined) return underway.done;
      const done = clock.sleep(giveAfterMs, signal).then(() => connect(replica));
      giving.set(replica.sandbox, { service: replica.service, done });
      try {
        await done;
      } finally {
        giving.delete(replica.sandbox);
      }
    },
    async settled(service) {
      const mine = [...giving.values()].filter((one) => one.service === service);
      await Promise.allSettled(mine.map(({ done }) => done));
    },
  };
}
