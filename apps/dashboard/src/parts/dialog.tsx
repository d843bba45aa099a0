import { type ReactNode, useEffect, useId, useRef } from 'react';
import styles from './dialog.module.css';
import { Icon } from './icon.tsx';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** `false` where leaving it makes no sense, as when somebody has to sign in. */
  readonly closable?: boolean;
  readonly size?: 'small' | 'large';
  /** `bare`: the title is only heard, and what is inside reaches the edges. */
  readonly look?: 'bare';
}

/** Over the page, which is inert meanwhile: the browser holds the focus inside and gives it back. Mounted means open. */
export function Dialog({ title, onClose, children, closable = true, size = 'small', look }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: pressing outside is for pointers; Escape does it from the keyboard.
    <dialog
      ref={dialog}
      className={styles.dialog}
      data-size={size}
      data-look={look}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        if (closable) onClose();
      }}
      onClick={(event) => {
        if (closable && event.target === dialog.current) onClose();
      }}
    >
      <div className={styles.body}>
        <header className={look === 'bare' ? 'visually-hidden' : styles.header}>
          <h2 id={heading}>{title}</h2>
          {closable && look !== 'bare' ? (
            <button type="button" className={styles.close} onClick={onClose} aria-label="Close">
              <Icon name="cross" />
            </button>
          ) : null}
        </header>
        {children}
      </div>
    </dialog>
  );
}
