import { useEffect, useRef, useState } from 'react';
import { Icon } from '../parts/icon.tsx';
import { digits } from '../words/digits.ts';
import styles from './finder.module.css';

interface FinderProps {
  readonly typed: string;
  /** Rows that have it. */
  readonly hits: readonly number[];
  readonly onType: (text: string) => void;
  readonly onShow: (row: number) => void;
}

/** Searches what is here: Enter goes to the next, Shift Enter to the one before. */
export function Finder({ typed, hits, onType, onShow }: FinderProps) {
  const [at, setAt] = useState(-1);
  // Enter may be pressed before the search is done.
  const wanted = useRef(false);
  const go = (by: 1 | -1) => {
    wanted.current = hits.length === 0;
    if (hits.length === 0) return;
    const next = (at + by + hits.length) % hits.length;
    setAt(next);
    const row = hits[next];
    if (row !== undefined) onShow(row);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: when there is something to go to.
  useEffect(() => {
    if (wanted.current && hits.length > 0) go(1);
  }, [hits]);
  return (
    <search className={styles.finder}>
      <Icon name="search" />
      <input
        data-filter
        className={styles.input}
        aria-label="Search the log"
        placeholder="Search"
        value={typed}
        maxLength={200}
        onChange={(event) => {
          wanted.current = false;
          onType(event.target.value);
          setAt(-1);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') go(event.shiftKey ? -1 : 1);
          if (event.key === 'Escape') onType('');
        }}
      />
      <span className={styles.count} role="status">
        {typed.trim() === '' ? '' : at < 0 ? digits(hits.length) : `${at + 1} of ${digits(hits.length)}`}
      </span>
      <button
        type="button"
        className={styles.step}
        onClick={() => go(-1)}
        disabled={hits.length === 0}
        aria-label="Hit before"
      >
        <Icon name="up" />
      </button>
      <button
        type="button"
        className={styles.step}
        onClick={() => go(1)}
        disabled={hits.length === 0}
        aria-label="Next hit"
      >
        <Icon name="down" />
      </button>
    </search>
  );
}
