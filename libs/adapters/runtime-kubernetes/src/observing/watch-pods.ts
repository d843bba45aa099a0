import { isId, type ServiceId } from '@sconce/core';
import { homeLabel, type ObjectFacts, selector } from '@sconce/kubernetes-api';
import type { KubernetesParts } from '../applying/kubernetes-parts.ts';
import { label } from '../names.ts';
import { watchObjects } from './watch-objects.ts';

/**
 * Says of which services a pod has changed, until the signal. What an event holds is not used beyond that: whoever hears of it looks for themselves. Where all pods are
 * listed anew, what differs from what was known is said.
 */
export async function watchPods(
  parts: KubernetesParts,
  onChange: (service: ServiceId) => void,
  signal: AbortSignal,
): Promise<void> {
  const known = new Map<string, ObjectFacts['metadata']>();
  const tell = ({ labels }: ObjectFacts['metadata']) => {
    const service = labels?.[label.service];
    if (isId('svc', service) && !signal.aborted) onChange(service);
  };
  const labelSelector = selector({ [label.home]: homeLabel(parts.options.home) });
  const on = {
    listed(all: readonly ObjectFacts[]) {
      const before = new Map(known);
      known.clear();
      for (const { metadata } of all) {
        known.set(metadata.uid, metadata);
        if (before.get(metadata.uid)?.resourceVersion !== metadata.resourceVersion) tell(metadata);
        before.delete(metadata.uid);
      }
      for (const gone of before.values()) tell(gone);
    },
    changed({ metadata }: ObjectFacts, isGone: boolean) {
      if (isGone) known.delete(metadata.uid);
      else known.set(metadata.uid, metadata);
      tell(metadata);
    },
    ended() {},
  };
  await watchObjects(parts, { kind: 'Pod', labelSelector }, on, signal);
}
