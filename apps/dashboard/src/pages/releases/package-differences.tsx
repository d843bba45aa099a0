import type { Release } from '@sconce/contract';
import { useState } from 'react';
import { Button } from '../../parts/button.tsx';
import { plainLine } from '../../words/plain-text.ts';
import { DifferenceRow } from './difference-row.tsx';
import styles from './releases.module.css';

type Packages = NonNullable<Release['compared']>['packages'];
type PackageGroup = Packages['groups'][number];

/** Of each kind so many are shown; the others when somebody asks. */
const folded = 10;

const kindWords: Readonly<Record<PackageGroup['kind'], string>> = {
  python: 'Python packages',
  debian: 'Debian packages',
  alpine: 'Alpine packages',
  rpm: 'RPM packages',
};

/** One part of the table of differences for each kind of packages. */
export function PackageGroups({ packages }: { readonly packages: Packages }) {
  return packages.groups.map((group) => <PackageRows key={group.kind} group={group} />);
}

function PackageRows({ group }: { readonly group: PackageGroup }) {
  const [isOpen, setOpen] = useState(false);
  const { differences } = group;
  const shown = isOpen ? differences : differences.slice(0, folded);
  const isLong = differences.length > folded;
  return (
    <tbody>
      <tr>
        <th scope="rowgroup" colSpan={3}>
          {kindWords[group.kind]} <span className={styles.counts}>{countWords(group)}</span>
        </th>
      </tr>
      {shown.map((difference) => (
        <DifferenceRow key={difference.name} difference={difference} />
      ))}
      {isLong ? (
        <tr>
          <td colSpan={3} className={styles.fold}>
            <Button look="quiet" onClick={() => setOpen(!isOpen)} expanded={isOpen}>
              {isOpen ? `Only the first ${folded}` : `All ${differences.length}`}
              <span className="visually-hidden"> {kindWords[group.kind]}</span>
            </Button>
          </td>
        </tr>
      ) : null}
    </tbody>
  );
}

/** `2 added, 1 removed, 14 changed` */
function countWords({ added, removed, changed }: PackageGroup): string {
  const counts = Object.entries({ added, removed, changed }).filter(([, count]) => count > 0);
  return counts.map(([verb, count]) => `${count} ${verb}`).join(', ');
}

/** What is not compared, and why. */
export function UnknownPackages({ packages }: { readonly packages: Packages }) {
  return packages.unknown.map(({ release, kind, message }) => (
    <p key={`${release} ${kind}`} className={styles.unknown}>
      {plainLine(message)}
    </p>
  ));
}
