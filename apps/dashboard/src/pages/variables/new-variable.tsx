import { type FormEvent, useState } from 'react';
import { Button } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import { mistakeInName } from '../../words/staged.ts';
import styles from './variables.module.css';

interface NewVariableProps {
  readonly taken: (name: string) => boolean;
  readonly onAdd: (name: string, value: string) => void;
}

/** Adds one to what is staged. */
export function NewVariable({ taken, onAdd }: NewVariableProps) {
  const [name, setName] = useState('');
  const [value, setValue] = useState('');
  const [mistake, setMistake] = useState<string | null>(null);
  const add = (event: FormEvent) => {
    event.preventDefault();
    const wrong = mistakeInName(name) ?? (taken(name) ? 'There is one of this name: change it above.' : null);
    setMistake(wrong);
    if (wrong) return;
    onAdd(name, value);
    setName('');
    setValue('');
  };
  return (
    <form className={styles.new} onSubmit={add}>
      <Field
        label="Name"
        mono
        autoComplete="off"
        spellCheck={false}
        value={name}
        mistake={mistake}
        onChange={(event) => {
          setName(event.target.value);
          setMistake(null);
        }}
      />
      <Field
        label="Value"
        mono
        autoComplete="off"
        spellCheck={false}
        value={value}
        onChange={(event) => setValue(event.target.value)}
      />
      <Button type="submit">Add</Button>
    </form>
  );
}
