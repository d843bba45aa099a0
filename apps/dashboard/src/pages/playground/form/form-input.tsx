import { type FormType, formTypes } from '@sconce/contract';
import { useId } from 'react';
import { Button } from '../../../parts/button.tsx';
import { Icon } from '../../../parts/icon.tsx';
import { plainLine } from '../../../words/plain-text.ts';
import type { DraftInput } from '../call-draft.ts';
import shared from '../playground.module.css';
import { FieldValue } from './field-value.tsx';
import { entryOf, type FormEntry, isFileEntry, makeEntry, takesFiles } from './form-entries.ts';
import styles from './form-input.module.css';

type FormDraft = Extract<DraftInput, { kind: 'form' }>;

interface FormInputProps {
  readonly input: FormDraft;
  readonly onChange: (input: FormDraft) => void;
}

/** The fields of a form: those that the service names, and those that somebody adds. */
export function FormInput({ input, onChange }: FormInputProps) {
  const id = useId();
  const { type, entries } = input;
  const set = (changed: readonly FormEntry[]) => onChange({ ...input, entries: changed });
  const replace = (entry: FormEntry) => set(entries.map((one) => (one.key === entry.key ? entry : one)));
  const remove = ({ key }: FormEntry) => set(entries.filter((one) => one.key !== key));
  const addAfter = (entry: FormEntry, added: FormEntry) =>
    set(entries.flatMap((one) => (one.key === entry.key ? [one, added] : [one])));
  return (
    <fieldset className={styles.form}>
      <legend className="visually-hidden">Fields of the form</legend>
      <ul className={styles.entries}>
        {entries.map((entry) => (
          <li key={entry.key}>
            <Entry
              entry={entry}
              type={type}
              isOnly={entries.filter(({ name }) => name === entry.name).length === 1}
              onChange={replace}
              onRemove={() => remove(entry)}
              onMore={(field) => addAfter(entry, { ...entryOf(field, type), value: isFileEntry(entry) ? null : '' })}
            />
          </li>
        ))}
      </ul>
      <div className={shared.below}>
        <Button onClick={() => set([...entries, makeEntry('', '')])}>Add a text</Button>
        {takesFiles(type) ? <Button onClick={() => set([...entries, makeEntry('', null)])}>Add a file</Button> : null}
        <label htmlFor={`${id}-type`}>Sent as</label>
        <select
          id={`${id}-type`}
          className={styles.type}
          value={type}
          onChange={(event) => onChange({ ...input, type: event.target.value as FormType })}
        >
          {formTypes.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </div>
    </fieldset>
  );
}

interface EntryProps {
  readonly entry: FormEntry;
  readonly type: FormType;
  /** No other one has its name. */
  readonly isOnly: boolean;
  readonly onChange: (entry: FormEntry) => void;
  readonly onRemove: () => void;
  readonly onMore: (field: NonNullable<FormEntry['field']>) => void;
}

function Entry({ entry, isOnly, onChange, onRemove, onMore }: EntryProps) {
  const id = useId();
  const { name, field } = entry;
  const shown = plainLine(name, 60);
  return (
    <div className={styles.entry}>
      <div className={styles.name}>
        {field ? (
          <label htmlFor={id}>
            {shown} {field.required ? <span className={shared.soft}>required</span> : null}
          </label>
        ) : (
          <input
            value={name}
            aria-label="Name of the field"
            placeholder="name"
            maxLength={100}
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => onChange({ ...entry, name: event.target.value })}
          />
        )}
        {field?.about ? <p className={styles.about}>{plainLine(field.about, 200)}</p> : null}
      </div>
      <div className={styles.value}>
        <FieldValue id={id} entry={entry} onChange={onChange} />
        {field?.many ? (
          <Button look="quiet" onClick={() => onMore(field)}>
            One more
          </Button>
        ) : null}
      </div>
      {field === null || !isOnly ? (
        <button type="button" className={styles.remove} aria-label={`Remove the field ${shown}`} onClick={onRemove}>
          <Icon name="cross" />
        </button>
      ) : null}
    </div>
  );
}
