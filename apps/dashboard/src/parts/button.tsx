import type { ReactNode } from 'react';
import styles from './button.module.css';

interface ButtonProps {
  readonly children: ReactNode;
  readonly onClick?: () => void;
  readonly type?: 'button' | 'submit';
  /** `primary`: the one thing to do here. `danger`: takes something away. */
  readonly look?: 'primary' | 'plain' | 'quiet' | 'danger';
  /** Under way: it says so in its place, and cannot be pressed twice. */
  readonly busy?: boolean;
  readonly disabled?: boolean;
  readonly title?: string | undefined;
  readonly autoFocus?: boolean;
  /** Of one that unfolds something: whether it is unfolded. */
  readonly expanded?: boolean;
}

export function Button({
  children,
  onClick,
  type = 'button',
  look = 'plain',
  busy = false,
  disabled = false,
  title,
  autoFocus,
  expanded,
}: ButtonProps) {
  return (
    <button
      type={type}
      className={styles.button}
      data-look={look}
      aria-busy={busy}
      aria-expanded={expanded}
      disabled={disabled}
      title={title}
      // biome-ignore lint/a11y/noAutofocus: only used in dialogs, where the browser asks for it.
      autoFocus={autoFocus}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.();
      }}
    >
      {children}
      {busy ? <span className={styles.busy} /> : null}
    </button>
  );
}

/** The look for links and openers that are no buttons of ours. */
export const buttonLook = (look: NonNullable<ButtonProps['look']> = 'plain'): string =>
  `${styles.button} ${styles[look]}`;
