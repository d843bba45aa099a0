import type { ServiceId } from '@sconce/core';
import { ImageNotThere, RuntimeUnavailable } from '@sconce/ports';

export interface AnswerGate {
  /** Asks the cluster for a service. Throws what was thrown last, at once, where it is away and is just being asked for another. */
  ask<T>(service: ServiceId, question: () => Promise<T>): Promise<T>;
}

/**
 * While a cluster does not answer, one question at a time goes there: a thousand services of it must not each wait for an answer that does not
 * come. `onAnswer` is told whose questions were turned away meanwhile as soon as it answers one.
 */
export function createAnswerGate(onAnswer: (missed: readonly ServiceId[]) => void): AnswerGate {
  let away: RuntimeUnavailable | null = null;
  let isBeingAsked = false;
  const missed = new Set<ServiceId>();

  const hear = (service: ServiceId) => {
    missed.delete(service);
    if (away === null) return;
    away = null;
    const those = [...missed];
    missed.clear();
    onAnswer(those);
  };

  return {
    async ask(service, question) {
      if (away !== null && isBeingAsked) {
        missed.add(service);
        throw away;
      }
      const asksAlone = away !== null;
      if (asksAlone) isBeingAsked = true;
      try {
        const answer = await question();
        hear(service);
        return answer;
      } catch (error) {
        // An image that is not there is no fault of the cluster.
        if (error instanceof RuntimeUnavailable && !(error instanceof ImageNotThere)) {
          away = error;
          missed.add(service);
        } else hear(service);
        throw error;
      } finally {
        if (asksAlone) isBeingAsked = false;
      }
    },
  };
}
