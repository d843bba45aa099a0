import { useEffect, useId, useState } from 'react';
import { Button } from '../../parts/button.tsx';
import { bytes } from '../../words/bytes.ts';
import { plainLine } from '../../words/plain-text.ts';
import { type CallDraft, type DraftInput, sendsNothing, typeOf, withFile } from './call-draft.ts';
import styles from './playground.module.css';

interface InputFieldProps {
  readonly draft: CallDraft;
  readonly onChange: (draft: CallDraft) => void;
}

const kinds = [
  ['file', 'A file'],
  ['text', 'Text or JSON'],
  ['none', 'Nothing'],
] as const;

/** What is sent: a file, dropped or chosen, or text. */
export function InputField({ draft, onChange }: InputFieldProps) {
  const id = useId();
  const { input } = draft;
  if (sendsNothing(draft.method)) return <HeadersField draft={draft} onChange={onChange} />;
  const choose = (kind: DraftInput['kind']) => {
    const made: Readonly<Record<DraftInput['kind'], DraftInput>> = {
      none: { kind: 'none' },
      text: { kind: 'text', text: '{}', type: 'application/json' },
      file: { kind: 'file', file: null, field: null },
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
  const id = useId();
  const { file, field } = input;
  const take = (chosen: File | undefined) => {
    if (chosen) void withFile(draft, chosen).then(onChange);
  };
  return (
    <div className={styles.drop} data-full={file !== null || undefined}>
      <Preview file={file} />
      <div className={styles.dropWords}>
        <p>{file ? <FileName file={file} /> : 'Drop an image, a recording or a JSON file here, or choose one.'}</p>
        <div className={styles.below}>
          <input
            id={`${id}-file`}
            type="file"
            aria-label="File to send"
            onChange={(event) => {
              take(event.target.files?.[0]);
              // So that the same one can be chosen again.
              event.target.value = '';
            }}
          />
          {file ? (
            <Button look="quiet" onClick={() => onChange({ ...draft, input: { ...input, file: null } })}>
              Take it out
            </Button>
          ) : null}
        </div>
        <div className={styles.below}>
          <label htmlFor={`${id}-field`}>Form field</label>
          <input
            id={`${id}-field`}
            value={field ?? ''}
            placeholder="none: the file is the body"
            spellCheck={false}
            onChange={(event) => onChange({ ...draft, input: { ...input, field: event.target.value || null } })}
          />
        </div>
      </div>
    </div>
  );
}

function FileName({ file }: { readonly file: File }) {
  return (
    <>
      <strong>{plainLine(file.name, 60)}</strong>{' '}
      <span className={styles.soft}>{`${typeOf(file)}, ${bytes(file.size)}`}</span>
    </>
  );
}

/** A picture is shown small, so that one sees what one sends. */
function Preview({ file }: { readonly file: File | null }) {
  const [url, setUrl] = useState<string | null>(null);
  const isPicture = file !== null && /^image\/(?:png|jpeg|gif|webp)$/.test(file.type);
  useEffect(() => {
    if (!isPicture) return setUrl(null);
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file, isPicture]);
  return url === null ? null : <img className={styles.preview} src={url} alt="" />;
}

function HeadersField({ draft, onChange }: InputFieldProps) {
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
