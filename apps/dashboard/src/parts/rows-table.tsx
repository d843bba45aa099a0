import type { ReactNode } from 'react';
import table from './table.module.css';

export interface Column {
  readonly name: string;
  /** Left out where the window is narrow; its cells say `data-spare` too. */
  readonly spare?: boolean;
  /** At the right edge; its cells say `data-end` too. */
  readonly end?: boolean;
}

interface RowsTableProps {
  readonly columns: readonly Column[];
  readonly className?: string | undefined;
  /** Rows; the last cell of each is for what can be done with it. */
  readonly children: ReactNode;
}

/** Rows of things with what can be done with each. */
export function RowsTable({ columns, className, children }: RowsTableProps) {
  return (
    <div className={table.scroll}>
      <table className={className ? `${table.table} ${className}` : table.table}>
        <thead>
          <tr>
            {columns.map(({ name, spare, end }) => (
              <th key={name} scope="col" data-spare={spare || undefined} data-end={end || undefined}>
                {name}
              </th>
            ))}
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
