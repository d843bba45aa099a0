import { useEffect, useId, useRef } from 'react';
import { useTheme } from '../app/theme.ts';
import { type DrawnGraph, drawGraph, type GraphMark } from './draw-graph.ts';
import styles from './graph.module.css';

export interface GraphLine {
  readonly name: string;
  /** One for each moment; null: there is none. */
  readonly values: readonly (number | null)[];
  readonly look: 'a' | 'b' | 'c' | 'failed' | 'waiting';
}

interface GraphProps {
  readonly title: string;
  /** What a screen reader says in its place. */
  readonly summary: string;
  /** Seconds since the Unix epoch, ascending. */
  readonly moments: readonly number[];
  readonly lines: readonly GraphLine[];
  readonly marks: readonly GraphMark[];
  readonly words: (value: number) => string;
  readonly binary: boolean;
}

/** Lines over time. Pointing at one graph points at the same moment in all that are on the page. */
export function Graph({ title, summary, moments, lines, marks, words, binary }: GraphProps) {
  const id = useId();
  const place = useRef<HTMLDivElement>(null);
  const legend = useRef<HTMLUListElement>(null);
  const drawn = useRef<DrawnGraph | null>(null);
  const theme = useTheme();
  const shape = lines.map(({ name }) => name).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: drawn anew when its lines or colours are others; new values are only set.
  useEffect(() => {
    if (!place.current || !legend.current) return;
    drawn.current = drawGraph({ place: place.current, legend: legend.current, lines, words, binary });
    drawn.current.show(moments, lines, marks);
    return () => {
      drawn.current?.remove();
      drawn.current = null;
    };
  }, [shape, theme]);
  useEffect(() => drawn.current?.show(moments, lines, marks), [moments, lines, marks]);
  return (
    <figure className={styles.graph} aria-labelledby={id}>
      <figcaption className={styles.caption}>
        <span id={id} className={styles.title}>
          {title}
        </span>
        <ul className={styles.legend} ref={legend}>
          {lines.map(({ name, look }) => (
            <li key={name} className={styles.line}>
              <span className={styles[look]} data-look={look} aria-hidden="true" />
              {lines.length > 1 ? <span>{name}</span> : null}
              <span className={styles.value} data-value />
            </li>
          ))}
        </ul>
      </figcaption>
      <div ref={place} className={styles.canvas} role="img" aria-label={summary} />
    </figure>
  );
}
