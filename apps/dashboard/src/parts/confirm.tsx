import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import styles from './confirm-by-name.module.css';
import { Dialog } from './dialog.tsx';
import { Problem } from './problem.tsx';

interface ConfirmProps {
  readonly title: string;
  /** `Remove` */
  readonly does: string;
  readonly busy: boolean;
  readonly error: unknown;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  /** What will be. */
  readonly children: ReactNode;
}

/** For what can be undone, but stops somebody's work: one more press. What cannot be undone asks for a name (confirm-by-name). */
export function Confirm({ title, does, busy, error, onConfirm, onClose, children }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      {error ? <Problem error={error} what="It was not done" /> : null}
      <footer className={styles.footer}>
        <Button onClick={onClose}>Leave it</Button>
        <Button look="danger" busy={busy} onClick={onConfirm}>
          {does}
        </Button>
      </footer>
    </Dialog>
  );
}
