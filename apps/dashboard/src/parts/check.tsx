import type { InputHTMLAttributes, ReactNode } from 'react';
import styles from './check.module.css';

interface CheckProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'type' | 'className' | 'onChange'> {
  readonly onChange: (checked: boolean) => void;
  /** What is so when it is checked. */
  readonly children: ReactNode;
}

/** The browser's own box, with its words beside it. */
export function Check({ onChange, children, ...input }: CheckProps) {
  return (
    <label className={styles.check}>
      <input type="checkbox" onChange={(event) => onChange(event.target.checked)} {...input} />
      {children}
    </label>
  );
}
