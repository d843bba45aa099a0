import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from './button.tsx';
import styles from './confirm-by-name.module.css';
import { Dialog } from './dialog.tsx';
import { Field } from './field.tsx';
import { Problem } from './problem.tsx';

interface ConfirmByNameProps {
  readonly title: string;
  readonly name: string;
  /** `Remove` */
  readonly does: string;
  readonly busy: boolean;
  readonly error: unknown;
  /** What will be lost is not known yet. */
  readonly blocked?: boolean;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  /** What will be lost. */
  readonly children: ReactNode;
}

/** For what cannot be undone: says what will be lost, and asks for the name. */
export function ConfirmByName(props: ConfirmByNameProps) {
  const { title, name, does, busy, error, blocked = false, onConfirm, onClose, children } = props;
  const [typed, setTyped] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed === name && !blocked) onConfirm();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form className={styles.form} onSubmit={submit}>
        {children}
        <Field
          label={`Type ${name} to confirm`}
          mono
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        {error ? <Problem error={error} what="It was not done" /> : null}
        <footer className={styles.footer}>
          <Button onClick={onClose}>Leave it</Button>
          <Button type="submit" look="danger" busy={busy} disabled={typed !== name || blocked}>
            {does}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
