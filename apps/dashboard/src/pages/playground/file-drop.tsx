import { type ReactNode, useEffect, useState } from 'react';
import { Button } from '../../parts/button.tsx';
import { bytes } from '../../words/bytes.ts';
import { plainLine } from '../../words/plain-text.ts';
import { typeOf } from './call-draft.ts';
import styles from './playground.module.css';

interface FileDropProps {
  readonly file: File | null;
  /** Of the input, for those who do not see it. */
  readonly label: string;
  readonly id?: string;
  readonly onTake: (file: File) => void;
  readonly onRemove: () => void;
  /** What is said while there is none. */
  readonly children: ReactNode;
}

/** Where a file is dropped, or chosen. */
export function FileDrop({ file, label, id, onTake, onRemove, children }: FileDropProps) {
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is for pointers; the button in it is for the keyboard.
    <div
      className={styles.drop}
      data-full={file !== null || undefined}
      onDrop={(event) => {
        const dropped = event.dataTransfer.files[0];
        if (!dropped) return;
        event.preventDefault();
        // What is around it takes files, too.
        event.stopPropagation();
        onTake(dropped);
      }}
    >
      <Preview file={file} />
      <div className={styles.dropWords}>
        <p>{file ? <FileName file={file} /> : children}</p>
        <div className={styles.below}>
          <input
            id={id}
            type="file"
            aria-label={label}
            onChange={(event) => {
              const chosen = event.target.files?.[0];
              if (chosen) onTake(chosen);
              // So that the same one can be chosen again.
              event.target.value = '';
            }}
          />
          {file ? (
            <Button look="quiet" onClick={onRemove}>
              Take it out
            </Button>
          ) : null}
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
