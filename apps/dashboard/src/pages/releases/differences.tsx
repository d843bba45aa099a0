import type { Release } from '@sconce/contract';
import table from '../../parts/table.module.css';
import { DifferenceRow } from './difference-row.tsx';
import { PackageGroups, UnknownPackages } from './package-differences.tsx';
import styles from './releases.module.css';

type Compared = NonNullable<Release['compared']>;

/** Side by side, group by group; groups that are equal are not there. Of secrets and variables only version and fingerprint, of images the packages in them. */
export function Differences({ compared, name }: { readonly compared: Compared; readonly name: string }) {
  if (compared.same) return <p className={styles.summary}>Nothing is otherwise than in {compared.release.name}.</p>;
  return (
    <>
      <p className={styles.summary}>{compared.summary}</p>
      <Sides compared={compared} name={name} />
      <UnknownPackages packages={compared.packages} />
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
              <DifferenceRow key={difference.name} difference={difference} />
            ))}
          </tbody>
        ))}
        <PackageGroups packages={compared.packages} />
      </table>
    </section>
  );
}
