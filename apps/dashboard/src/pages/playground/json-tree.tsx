import { type ReactNode, useState } from 'react';
import { digits } from '../../words/digits.ts';
import styles from './json-tree.module.css';

interface JsonTreeProps {
  readonly value: unknown;
  readonly name?: string | undefined;
  readonly depth?: number;
}

/** So deep it is open from the beginning. */
const openDepth = 3;
/** More of one list are shown when asked for. */
const shownAtOnce = 100;

/** JSON that folds. What is folded does not exist: a large answer costs as much as is looked at. */
export function JsonTree({ value, name, depth = 0 }: JsonTreeProps) {
  const isList = Array.isArray(value);
  if (typeof value !== 'object' || value === null) {
    return (
      <div className={styles.leaf}>
        <Name name={name} />
        <Plain value={value} />
      </div>
    );
  }
  const entries: readonly (readonly [string, unknown])[] = isList
    ? value.map((one, index) => [String(index), one] as const)
    : Object.entries(value);
  return <Branch name={name} depth={depth} entries={entries} marks={isList ? '[]' : '{}'} />;
}

interface BranchProps {
  readonly name: string | undefined;
  readonly depth: number;
  readonly entries: readonly (readonly [string, unknown])[];
  readonly marks: '[]' | '{}';
}

function Branch({ name, depth, entries, marks }: BranchProps) {
  const [isOpen, setOpen] = useState(depth < openDepth && entries.length <= shownAtOnce);
  const [most, setMost] = useState(shownAtOnce);
  if (entries.length === 0) {
    return (
      <div className={styles.leaf}>
        <Name name={name} />
        {marks}
      </div>
    );
  }
  return (
    <details className={styles.branch} open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <Name name={name} />
        <span className={styles.soft}>
          {marks[0]}
          {isOpen ? '' : ` ${entries.length} ${marks[1]}`}
        </span>
      </summary>
      {isOpen ? (
        <div className={styles.inside}>
          {entries.slice(0, most).map(([key, one]) => (
            <JsonTree key={key} name={key} value={one} depth={depth + 1} />
          ))}
          {entries.length > most ? (
            <button type="button" className={styles.more} onClick={() => setMost(most + 1_000)}>
              {digits(entries.length - most)} more
            </button>
          ) : null}
        </div>
      ) : null}
    </details>
  );
}

function Name({ name }: { readonly name: string | undefined }): ReactNode {
  return name === undefined ? null : <span className={styles.name}>{name}: </span>;
}

function Plain({ value }: { readonly value: unknown }) {
  const kind = value === null ? 'null' : typeof value;
  return (
    <span className={styles.value} data-kind={kind}>
      {kind === 'string' ? JSON.stringify(value) : String(value)}
    </span>
  );
}
