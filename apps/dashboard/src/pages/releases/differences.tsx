import type { Release } from '@sconce/contract';
import table from '../../parts/table.module.css';
import { plainLine } from '../../words/plain-text.ts';
import styles from './releases.module.css';

type Compared = NonNullable<Release['compared']>;

/** Side by side, group by group; groups that are equal are not there. Of secrets and variables only version and fingerprint. */
export function Differences({ compared, name }: { readonly compared: Compared; readonly name: string }) {
  if (compared.same) return <p className={styles.summary}>Nothing is otherwise than in {compared.release.name}.</p>;
  return (
    <>
      <p className={styles.summary}>{compared.summary}</p>
      <Sides compared={compared} name={name} />
    </>
  );
}

function Sides({ compared, name }: { readonly compared: Compared; readonly name: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable from the keyboard.
    <section className={table.scroll} tabIndex={0} aria-label="Differences">
      <table className={`${table.table} ${styles.sides}`}>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">{compared.release.name}</th>
            <th scope="col">{name}</th>
          </tr>
        </thead>
        {compared.groups.map(({ group, differences }) => (
          <tbody key={group}>
            <tr>
              <th scope="rowgroup" colSpan={3}>
                {group}
              </th>
            </tr>
            {differences.map((difference) => (
              <tr key={difference.name}>
                <td>
                  <code>{plainLine(difference.name)}</code>
                </td>
                <Side value={difference.from} look={styles.removed} />
                <Side value={difference.to} look={styles.added} />
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </section>
  );
}

function Side({ value, look }: { readonly value: string | null; readonly look: string | undefined }) {
  return (
    <td className={value === null ? undefined : look}>{value === null ? null : <code>{valueWords(value)}</code>}</td>
  );
}

/** A digest is told apart by its beginning. */
const valueWords = (value: string): string =>
  plainLine(value.replace(/^(sha256:[0-9a-f]{12})[0-9a-f]{52}$/, '$1'), 1_000);
