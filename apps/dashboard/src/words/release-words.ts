import type { Release, Service, StateWord } from '@sconce/contract';

export interface ReleaseState {
  readonly state: StateWord;
  readonly word: string;
}

type Facts = Pick<Release, 'id' | 'live' | 'desired' | 'liveAt'>;

/** What a release is now; null for one that was live and is no more, as most are. */
export function stateOfRelease(release: Facts, service: Pick<Service, 'rollout' | 'state'>): ReleaseState | null {
  if (service.rollout?.release.id === release.id) {
    const paused = service.rollout.phase === 'paused';
    return { state: paused ? 'paused' : 'moving', word: service.rollout.phase };
  }
  if (release.live)
    return service.state === 'down' ? { state: 'failed', word: 'down' } : { state: 'live', word: 'live' };
  if (release.liveAt === null) return { state: 'asleep', word: 'never live' };
  return null;
}
