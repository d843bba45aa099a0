import type { ReactNode } from 'react';
import styles from './listed.module.css';
import { type Asked, Loaded } from './loaded.tsx';
import { Section } from './section.tsx';
import { SkeletonRows } from './skeleton.tsx';

interface ListedProps<Item> {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly asked: Asked<readonly Item[]>;
  /** `branch rules`: what they are called in sentences. */
  readonly what: string;
  /** About so many there will be. */
  readonly rows: number;
  /** What stands there while there are none: it teaches. */
  readonly empty: string;
  readonly children: (all: readonly Item[]) => ReactNode;
  /** Below them, also where there are none. */
  readonly below?: ReactNode;
}

/** A section of a page that lists things: while they come, when they could not be read, when there are none, and when there are. */
export function Listed<Item>({ title, aside, asked, what, rows, empty, children, below }: ListedProps<Item>) {
  return (
    <Section title={title} aside={aside}>
      <Loaded
        asked={asked}
        problem={`The ${what} could not be read`}
        skeleton={<SkeletonRows rows={rows} what={what} />}
      >
        {(all) => (all.length === 0 ? <p className={styles.empty}>{empty}</p> : children(all))}
      </Loaded>
      {below}
    </Section>
  );
}
