import type { Range } from '../words/ranges.ts';
import type { GraphMark } from './draw-graph.ts';
import { Graph } from './graph.tsx';
import type { GraphOf } from './graph-set.ts';
import styles from './graphs.module.css';
import { summaryOf } from './summary-of.ts';

interface GraphGridProps {
  readonly graphs: readonly GraphOf[];
  /** Seconds since the Unix epoch, ascending. */
  readonly moments: readonly number[];
  readonly marks: readonly GraphMark[];
  readonly range: Range;
}

export function GraphGrid({ graphs, moments, marks, range }: GraphGridProps) {
  return (
    <div className={styles.graphs}>
      {graphs.map(({ title, lines, words, binary }) => (
        <Graph
          key={title}
          title={title}
          summary={summaryOf({ title, lines, words }, moments, range)}
          moments={moments}
          lines={lines}
          marks={marks}
          words={words}
          binary={binary}
        />
      ))}
    </div>
  );
}
