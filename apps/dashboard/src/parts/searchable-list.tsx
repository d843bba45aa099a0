import * as Ariakit from '@ariakit/react';
import { type ReactNode, useState } from 'react';
import { findBest } from '../words/find.ts';
import styles from './searchable-list.module.css';

export interface Choice {
  readonly id: string;
  /** What is searched, and what a screen reader hears. */
  readonly text: string;
  readonly shown?: ReactNode;
  /** Said behind it. */
  readonly note?: ReactNode;
  /** Which choices stand together, under this heading. */
  readonly group?: string;
  readonly run: () => void;
}

interface SearchableListProps {
  readonly choices: readonly Choice[];
  readonly label: string;
  readonly empty: string;
  readonly onChosen: () => void;
}

const mostShown = 50;

/** A field and what it finds. Arrow keys move, Enter takes; loaded when one opens. */
export function SearchableList({ choices, label, empty, onChosen }: SearchableListProps) {
  const [typed, setTyped] = useState('');
  // Not later than what is typed: Enter takes the first of them.
  const found = findBest(choices, typed, ({ text }) => text, mostShown);
  return (
    <Ariakit.ComboboxProvider open resetValueOnHide={false} setValue={setTyped} includesBaseElement={false}>
      <Ariakit.Combobox autoSelect="always" autoFocus aria-label={label} placeholder={label} className={styles.field} />
      <Ariakit.ComboboxList alwaysVisible className={styles.list} aria-label={label}>
        {found.map((choice, index) => (
          <Row
            key={choice.id}
            choice={choice}
            heading={choice.group !== undefined && choice.group !== found[index - 1]?.group ? choice.group : null}
            onChosen={onChosen}
          />
        ))}
      </Ariakit.ComboboxList>
      <p className={found.length === 0 ? styles.empty : 'visually-hidden'} role="status">
        {found.length === 0 ? empty : `${found.length} found`}
      </p>
    </Ariakit.ComboboxProvider>
  );
}

function Row({
  choice,
  heading,
  onChosen,
}: {
  readonly choice: Choice;
  readonly heading: string | null;
  readonly onChosen: () => void;
}) {
  return (
    <>
      {heading === null ? null : (
        <div className={styles.heading} role="presentation">
          {heading}
        </div>
      )}
      <Ariakit.ComboboxItem
        className={styles.item}
        focusOnHover
        setValueOnClick={false}
        hideOnClick={false}
        onClick={() => {
          onChosen();
          choice.run();
        }}
      >
        <span className={styles.shown}>{choice.shown ?? choice.text}</span>
        {choice.note ? <span className={styles.note}>{choice.note}</span> : null}
      </Ariakit.ComboboxItem>
    </>
  );
}
