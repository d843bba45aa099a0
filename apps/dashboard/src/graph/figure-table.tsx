import { useState } from 'react';
import table from '../parts/table.module.css';
import { Clock } from '../parts/time.tsx';
import { clockOfLine, exactly } from '../words/moment.ts';
import styles from './figure-table.module.css';

/** A page of rows; more of them are said by the API. */
const rows = 120;

export type Column<Point> = readonly [name: string, words: (point: Point) => string];

interface FigureTableProps<Point> {
  /** `10s` */
  readonly step: string;
  readonly points: readonly Point[];
  readonly columns: readonly Column<Point>[];
  /** What it is of, where there are several on the page. */
  readonly of?: string;
}

/** The figures of graphs to be read one by one, newest first. Made when somebody opens it. */
export function FigureTable<Point extends { readonly at: string }>(props: FigureTableProps<Point>) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className={styles.fold} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>As a table</summary>
      {isOpen ? <Rows {...props} points={props.points.slice(-rows).toReversed()} /> : null}
    </details>
  );
}

function Rows<Point extends { readonly at: string }>({ step, points, columns, of }: FigureTableProps<Point>) {
  const name = `Figures ${of === undefined ? '' : `of ${of} `}in steps of ${step}, newest first`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable from the keyboard.
    <section className={table.scroll} tabIndex={0} aria-label={name}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">From</th>
            {columns.map(([column]) => (
              <th key={column} scope="col" data-end>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {points.map((point) => (
            <tr key={point.at}>
              <th scope="row">{step === '10s' ? <Exact at={point.at} /> : <Clock at={point.at} />}</th>
              {columns.map(([column, words]) => (
                <td key={column} data-end data-mono>
                  {words(point)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** `14:03:20`: steps of seconds. */
function Exact({ at }: { readonly at: string }) {
  const atMs = Date.parse(at);
  return (
    <time dateTime={at} title={exactly(atMs)}>
      {clockOfLine(atMs).slice(0, 8)}
    </time>
  );
}
