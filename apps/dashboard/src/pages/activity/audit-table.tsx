import { type AuditEvent, execWords } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { projectsQuery, servicesQuery } from '../../api/queries.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import table from '../../parts/table.module.css';
import { Ago } from '../../parts/time.tsx';
import { camelWords } from '../../words/camel-words.ts';
import { plainLine } from '../../words/plain-text.ts';
import styles from './activity.module.css';

export function AuditTable({ rows }: { readonly rows: readonly AuditEvent[] }) {
  const { data: services = [] } = useQuery(servicesQuery);
  const { data: projects = [] } = useQuery(projectsQuery);
  const names = new Map([
    ...services.map(({ id, path }) => [id, path] as const),
    ...services.map(({ environment, path }) => [environment.id, path.split('/').slice(0, 2).join('/')] as const),
    ...projects.map(({ id, slug }) => [id, slug] as const),
  ]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable from the keyboard.
    <section className={table.scroll} tabIndex={0} aria-label="Audit log, newest first">
      <table className={`${table.table} ${styles.audit}`}>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">Did</th>
            <th scope="col" className={styles.spare}>
              To
            </th>
            <th scope="col">Outcome</th>
            <th scope="col" className={styles.spare}>
              From
            </th>
            <th scope="col" className={styles.spare}>
              Request
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.id} row={row} target={names.get(row.target ?? '') ?? row.target ?? ''} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface RowProps {
  readonly row: AuditEvent;
  /** What it was about: by its path where that is known, else its id. */
  readonly target: string;
}

function Row({ row, target }: RowProps) {
  const { at, user, userName, token, tokenName, action, status, code, address, requestId } = row;
  const who = plainLine(userName ?? tokenName ?? user ?? token ?? 'nobody known', 60);
  const about = [target, execWords(row.data)].filter(Boolean).join(' ');
  const by = userName && tokenName ? `with ${plainLine(tokenName, 60)}` : '';
  return (
    <tr>
      <td data-soft>
        <Ago at={at} />
      </td>
      <td className={styles.who} title={[who, by].filter(Boolean).join(' ')}>
        {who} <span className={`${styles.soft} ${styles.spare}`}>{by}</span>
      </td>
      <td>{camelWords(plainLine(action, 60))}</td>
      <td data-mono data-wide data-soft className={styles.spare} title={about || undefined}>
        {plainLine(about, 120)}
      </td>
      <td className={status >= 400 ? styles.refused : undefined}>
        {status >= 400 ? `refused: ${plainLine(code ?? String(status), 40).replaceAll('_', ' ')}` : 'done'}
      </td>
      <td data-mono data-soft className={styles.spare}>
        {plainLine(address ?? '', 60)}
      </td>
      <td className={styles.spare}>
        <CopyButton text={requestId} what="request id" />
      </td>
    </tr>
  );
}
