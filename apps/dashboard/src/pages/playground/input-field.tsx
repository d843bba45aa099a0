import { useId } from 'react';
import { type CallDraft, type DraftInput, sendsNothing, withFile } from './call-draft.ts';
import { FileDrop } from './file-drop.tsx';
import { makeEntry } from './form/form-entries.ts';
import { FormInput } from './form/form-input.tsx';
import styles from './playground.module.css';

interface InputFieldProps {
  readonly draft: CallDraft;
  readonly onChange: (draft: CallDraft) => void;
}

const kinds = [
  ['file', 'A file'],
  ['form', 'A form'],
  ['text', 'Text or JSON'],
  ['none', 'Nothing'],
] as const;

/** What is sent: a file, dropped or chosen, the fields of a form, or text. */
export function InputField({ draft, onChange }: InputFieldProps) {
  const id = useId();
  const { input } = draft;
  if (sendsNothing(draft.method)) return <HeadersField draft={draft} onChange={onChange} />;
  const choose = (kind: DraftInput['kind']) => {
    const made: Readonly<Record<DraftInput['kind'], DraftInput>> = {
      none: { kind: 'none' },
      text: { kind: 'text', text: '{}', type: 'application/json' },
      file: { kind: 'file', file: null },
      form: { kind: 'form', type: 'multipart/form-data', entries: [makeEntry('file', null)] },
    };
    if (kind !== input.kind) onChange({ ...draft, input: made[kind] });
  };
  return (
    <>
      <fieldset className={styles.kinds}>
        <legend>Sends</legend>
        {kinds.map(([kind, words]) => (
          <label key={kind}>
            <input type="radio" name={id} checked={input.kind === kind} onChange={() => choose(kind)} />
            {words}
          </label>
        ))}
      </fieldset>
      {input.kind === 'text' ? <TextInput draft={draft} input={input} onChange={onChange} /> : null}
      {input.kind === 'file' ? <FileInput draft={draft} input={input} onChange={onChange} /> : null}
      {input.kind === 'form' ? (
        <FormInput input={input} onChange={(form) => onChange({ ...draft, input: form })} />
      ) : null}
      <HeadersField draft={draft} onChange={onChange} />
    </>
  );
}

type Of<Kind extends DraftInput['kind']> = InputFieldProps & { readonly input: Extract<DraftInput, { kind: Kind }> };

function TextInput({ draft, input, onChange }: Of<'text'>) {
  const id = useId();
  const set = (changes: Partial<typeof input>) => onChange({ ...draft, input: { ...input, ...changes } });
  const isJson = /json/.test(input.type);
  return (
    <div className={styles.field}>
      <label htmlFor={`${id}-text`}>Body</label>
      <textarea
        id={`${id}-text`}
        rows={Math.min(16, Math.max(4, input.text.split('\n').length))}
        value={input.text}
        spellCheck={false}
        onChange={(event) => set({ text: event.target.value })}
      />
      <div className={styles.below}>
        <label htmlFor={`${id}-type`}>Type</label>
        <input
          id={`${id}-type`}
          value={input.type}
          spellCheck={false}
          onChange={(event) => set({ type: event.target.value })}
        />
        {isJson && !isValidJson(input.text) ? <span>This is not JSON; it is sent as it is.</span> : null}
      </div>
    </div>
  );
}

function FileInput({ draft, input, onChange }: Of<'file'>) {
  return (
    <FileDrop
      file={input.file}
      label="File to send"
      onTake={(file) => void withFile(draft, file).then(onChange)}
      onRemove={() => onChange({ ...draft, input: { ...input, file: null } })}
    >
      Drop an image, a recording or a JSON file here, or choose one.
    </FileDrop>
  );
}

export function HeadersField({ draft, onChange }: InputFieldProps) {
  const id = useId();
  return (
    <details className={styles.fold}>
      <summary>Headers</summary>
      <div className={styles.field}>
        <label htmlFor={id}>One a line, `Name: value`. They are sent, and kept nowhere.</label>
        <textarea
          id={id}
          rows={2}
          value={draft.headers}
          spellCheck={false}
          placeholder="Authorization: Bearer …"
          onChange={(event) => onChange({ ...draft, headers: event.target.value })}
        />
      </div>
    </details>
  );
}

function isValidJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
