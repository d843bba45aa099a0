import type { EnvironmentId } from '@sconce/core';
import { isForbidden, type ObjectFacts } from '@sconce/kubernetes-api';
import { RuntimeUnavailable, type ServiceRef } from '@sconce/ports';
import { makeEnvironmentBinding } from '../manifests/make-access.ts';
import { makeEnvironment } from '../manifests/make-environment.ts';
import { namespaceName } from '../names.ts';
import type { KubernetesParts } from './kubernetes-parts.ts';

interface NamespaceFacts extends ObjectFacts {
  readonly status?: { readonly phase?: string };
}

/** What was changed by hand is put back so often. */
const againAfterMs = 5 * 60_000;
/** The last of an environment goes first: a namespace that is being removed takes nothing new. */
const removalTimeoutMs = 120_000;
const rightsTimeoutMs = 10_000;
const lookEveryMs = 200;

export interface Environments {
  ensure(service: ServiceRef): Promise<void>;
  forget(environment: EnvironmentId): void;
}

export function createEnvironments({ objects, clock, options }: KubernetesParts): Environments {
  const ensured = new Map<EnvironmentId, number>();

  async function untilNotTerminating(name: string): Promise<void> {
    for (const since = clock.now(); ; await clock.sleep(lookEveryMs)) {
      const standing = await objects.get<NamespaceFacts>('Namespace', null, name);
      if (standing?.status?.phase !== 'Terminating') return;
      if (clock.now() - since > removalTimeoutMs)
        throw new RuntimeUnavailable(
          `The namespace ${name} is still being removed: look at what keeps it with kubectl`,
        );
    }
  }

  /** The API server hears of new rights a moment after they were given. */
  async function untilAllowed(work: () => Promise<unknown>): Promise<void> {
    for (const since = clock.now(); ; await clock.sleep(lookEveryMs)) {
      try {
        await work();
        return;
      } catch (error) {
        const isTooEarly = options.account !== null && isForbidden(error) && clock.now() - since < rightsTimeoutMs;
        if (!isTooEarly) throw error;
      }
    }
  }

  return {
    async ensure(service) {
      const { environment } = service;
      const last = ensured.get(environment);
      if (last !== undefined && clock.now() - last < againAfterMs) return;
      await untilNotTerminating(namespaceName(environment));
      const [namespace, ...rest] = makeEnvironment(service, options);
      if (namespace !== undefined) await objects.apply(namespace);
      const { account, home } = options;
      const name = namespaceName(environment);
      if (account !== null) await objects.apply(makeEnvironmentBinding(name, account, home));
      for (const manifest of rest) await untilAllowed(() => objects.apply(manifest));
      ensured.set(environment, clock.now());
    },
    forget: (environment) => void ensured.delete(environment),
  };
}
