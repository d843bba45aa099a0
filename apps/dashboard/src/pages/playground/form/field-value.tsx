import { plainLine } from '../../../words/plain-text.ts';
import { FileDrop } from '../file-drop.tsx';
import shared from '../playground.module.css';
import type { FormEntry } from './form-entries.ts';
import styles from './form-input.module.css';

interface FieldValueProps {
  /** That a label points at. */
  readonly id: string;
  readonly entry: FormEntry;
  readonly onChange: (entry: FormEntry) => void;
}

/** What a field holds, by its shape: a file, a text, a number, one of some, or yes and no. */
export function FieldValue({ id, entry, onChange }: FieldValueProps) {
  const { name, value, field, was } = entry;
  const set = (changed: FormEntry['value']) => onChange({ ...entry, value: changed });
  const label = field ? undefined : `Value of ${plainLine(name, 60) || 'the field'}`;
  const required = field?.required || undefined;
  if (typeof value !== 'string') {
    return (
      <FileDrop
        file={value}
        id={id}
        label={`File for ${plainLine(name, 60) || 'the field'}${required ? ', required' : ''}`}
        onTake={set}
        onRemove={() => set(null)}
      >
        {was === null ? 'Drop a file here, or choose one.' : `It was ${plainLine(was, 60)}: drop or choose it again.`}
      </FileDrop>
    );
  }
  const common = { id, 'aria-label': label, 'aria-required': required };
  const leftOut = field && !field.required ? 'left out' : undefined;
  if (field?.shape === 'checkbox') {
    return (
      <span className={styles.check}>
        <input
          {...common}
          type="checkbox"
          checked={value === 'true'}
          onChange={(event) => set(event.target.checked ? 'true' : 'false')}
        />
        <span className={shared.soft}>{value || leftOut}</span>
      </span>
    );
  }
  if (field?.shape === 'select') {
    return (
      <select {...common} value={value} onChange={(event) => set(event.target.value)}>
        {field.choices.includes(value) ? null : <option value={value}>{plainLine(value, 60) || leftOut}</option>}
        {field.required || !field.choices.includes(value) || field.choices.includes('') ? null : (
          <option value="">left out</option>
        )}
        {field.choices.map((choice) => (
          <option key={choice} value={choice}>
            {plainLine(choice, 60)}
          </option>
        ))}
      </select>
    );
  }
  if (field?.shape === 'number') {
    return (
      <input
        {...common}
        type="number"
        step="any"
        value={value}
        placeholder={leftOut}
        onChange={(event) => set(event.target.value)}
      />
    );
  }
  return (
    <textarea
      {...common}
      rows={Math.min(8, value.split('\n').length)}
      value={value}
      placeholder={leftOut}
      spellCheck={false}
      onChange={(event) => set(event.target.value)}
    />
  );
}
