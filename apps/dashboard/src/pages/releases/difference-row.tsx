import type { Release } from '@sconce/contract';
import { plainLine } from '../../words/plain-text.ts';
import styles from './releases.module.css';

type Difference = NonNullable<Release['compared']>['groups'][number]['differences'][number];

/** One thing that differs, before and after. */
export function DifferenceRow({ difference }: { readonly difference: Difference }) {
  return (
    <tr>
      <td>
        <code>{plainLine(difference.name)}</code>
      </td>
      <Side value={difference.from} look={styles.removed} />
      <Side value={difference.to} look={styles.added} />
    </tr>
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
