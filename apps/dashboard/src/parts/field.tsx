import { type InputHTMLAttributes, type Ref, useId } from 'react';
import styles from './field.module.css';

interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'id' | 'className'> {
  readonly label: string;
  readonly about?: string;
  readonly mistake?: string | null;
  readonly mono?: boolean;
  readonly ref?: Ref<HTMLInputElement>;
}

export function Field({ label, about, mistake, mono = false, ...input }: FieldProps) {
  const id = useId();
  const described = [about ? `${id}-about` : '', mistake ? `${id}-mistake` : ''].filter(Boolean).join(' ');
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className={styles.input}
        data-mono={mono || undefined}
        aria-describedby={described || undefined}
        aria-invalid={mistake ? true : undefined}
        {...input}
      />
      {mistake ? (
        <p id={`${id}-mistake`} className={styles.mistake}>
          {mistake}
        </p>
      ) : null}
      {about ? (
        <p id={`${id}-about`} className={styles.about}>
          {about}
        </p>
      ) : null}
    </div>
  );
}
