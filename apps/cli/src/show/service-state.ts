import type { Service } from '@sconce/contract';
import type { Colours, Paint } from '../terminal/colours.ts';

/** The same six everywhere: each has a word, a shape and a colour. */
export type StateWord = 'live' | 'moving' | 'waiting' | 'asleep' | 'failed' | 'paused';

const looks: Readonly<Record<StateWord, { readonly shape: string; readonly colour: keyof Colours | null }>> = {
  live: { shape: '●', colour: 'green' },
  moving: { shape: '◐', colour: 'blue' },
  waiting: { shape: '⧗', colour: 'violet' },
  asleep: { shape: '☾', colour: 'slate' },
  failed: { shape: '✕', colour: 'red' },
  paused: { shape: '‖', colour: null },
};

/** `● live`, in its colour. */
export function stateMark(word: StateWord, colours: Colours): string {
  const { shape, colour } = looks[word];
  const paint: Paint = colour ? colours[colour] : (text) => text;
  return paint(`${shape} ${word}`);
}

/** The word for a service as the API tells of it. */
export function stateOf(
  service: Pick<Service, 'state' | 'rollout' | 'replicas' | 'waiting' | 'effectiveSettings'>,
): StateWord {
  if (service.rollout?.phase === 'paused') return 'paused';
  switch (service.state) {
    case 'building':
    case 'deploying':
      return 'moving';
    case 'down':
      return 'failed';
    case 'live':
      return service.replicas.wanted === 0 ? 'asleep' : 'live';
    case 'empty':
    case 'degraded':
      return 'waiting';
  }
}

const buildWords: Readonly<Record<string, StateWord>> = {
  queued: 'waiting',
  running: 'moving',
  succeeded: 'live',
  failed: 'failed',
  cancelled: 'asleep',
  superseded: 'asleep',
};

/** The mark of a build's phase: the phase is the word, the shape and colour are those of the six. */
export function buildMark(phase: string, colours: Colours): string {
  const { shape, colour } = looks[buildWords[phase] ?? 'waiting'];
  const paint: Paint = colour ? colours[colour] : (text) => text;
  return paint(`${shape} ${phase}`);
}
