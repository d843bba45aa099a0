import type { StateWord } from '@sconce/contract';
import type { ReactNode } from 'react';
import styles from './state-mark.module.css';

/** Each of the six has a shape that needs neither its colour nor its word. */
const shapes: Readonly<Record<StateWord, ReactNode>> = {
  live: <circle cx="8" cy="8" r="4.5" fill="currentColor" />,
  moving: (
    <g className={styles.turning}>
      <circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" strokeWidth="2" opacity="0.28" />
      <path d="M8 3a5 5 0 0 1 5 5" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
    </g>
  ),
  waiting: (
    <path
      d="M4.5 2.75h7M4.5 13.25h7M5.25 2.75v1.6c0 1.4 2.75 2.4 2.75 3.65s-2.75 2.25-2.75 3.65v1.6M10.75 2.75v1.6c0 1.4-2.75 2.4-2.75 3.65s2.75 2.25 2.75 3.65v1.6"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
  ),
  asleep: (
    <path d="M12.9 9.6A5.3 5.3 0 0 1 6.4 3.1a5.3 5.3 0 1 0 6.5 6.5Z" fill="currentColor" strokeLinejoin="round" />
  ),
  failed: <path d="m4.5 4.5 7 7m0-7-7 7" fill="none" stroke="currentColor" strokeWidth="2.2" strokeLinecap="round" />,
  paused: (
    <path d="M5.75 3.75v8.5m4.5-8.5v8.5" fill="none" stroke="currentColor" strokeWidth="2.2" strokeLinecap="round" />
  ),
};

export function StateShape({ state }: { readonly state: StateWord }) {
  return (
    <svg className={styles.shape} data-state={state} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      {shapes[state]}
    </svg>
  );
}

/** Shape, colour and word; `word` where the thing has a word of its own, as phases have. */
export function StateMark({ state, word }: { readonly state: StateWord; readonly word?: string }) {
  return (
    <span className={styles.mark} data-state={state}>
      <StateShape state={state} />
      <span>{word ?? state}</span>
    </span>
  );
}
