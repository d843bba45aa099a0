import { type ReactNode, type SelectHTMLAttributes, useId } from 'react';
import styles from './field.module.css';

interface SelectProps extends Omit<SelectHTMLAttributes<HTMLSelectElement>, 'id' | 'className' | 'onChange'> {
  readonly label: string;
  readonly about?: string;
  readonly onChoose: (value: string) => void;
  /** Options. */
  readonly children: ReactNode;
}

/** The browser's own list of choices, with its label. */
export function Select({ label, about, onChoose, children, ...select }: SelectProps) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        className={styles.input}
        aria-describedby={about ? `${id}-about` : undefined}
        onChange={(event) => onChoose(event.target.value)}
        {...select}
      >
        {children}
      </select>
      {about ? (
        <p id={`${id}-about`} className={styles.about}>
          {about}
        </p>
      ) : null}
    </div>
  );
}
