import { largestCallBytes } from '@sconce/contract';
import { useId, useState } from 'react';
import { Button } from '../../../parts/button.tsx';
import { bytes } from '../../../words/bytes.ts';
import shared from '../playground.module.css';
import styles from './socket.module.css';

interface ComposerProps {
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly onSend: (data: string | ArrayBuffer) => void;
  readonly onClose: (code: number, reason: string) => void;
}

/** What is said next: a text, or a file as bytes; and how it is closed, for those who want to say so. */
export function Composer({ text, onText, onSend, onClose }: ComposerProps) {
  const id = useId();
  const [mistake, setMistake] = useState<string | null>(null);
  const sendFile = (file: File) => {
    if (file.size > largestCallBytes)
      return setMistake(
        `This is ${bytes(file.size)}; through the platform ${bytes(largestCallBytes)} can be sent in all.`,
      );
    setMistake(null);
    file.arrayBuffer().then(onSend, () => setMistake('The file could not be read.'));
  };
  return (
    <form
      className={shared.form}
      onSubmit={(event) => {
        event.preventDefault();
        onSend(text);
      }}
    >
      <div className={shared.line}>
        <div className={shared.field}>
          <label htmlFor={`${id}-text`}>Message</label>
          <textarea
            id={`${id}-text`}
            rows={Math.min(8, Math.max(2, text.split('\n').length))}
            value={text}
            spellCheck={false}
            onChange={(event) => onText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
            }}
          />
        </div>
      </div>
      <div className={shared.actions}>
        <Button type="submit">Send</Button>
        <label className={styles.file}>
          <span>Send a file as bytes</span>
          <input
            type="file"
            onChange={(event) => {
              const file = event.target.files?.[0];
              if (file) sendFile(file);
              event.target.value = '';
            }}
          />
        </label>
        {mistake === null ? null : <span className={shared.soft}>{mistake}</span>}
      </div>
      <CloseWith onClose={onClose} />
    </form>
  );
}

function CloseWith({ onClose }: Pick<ComposerProps, 'onClose'>) {
  const id = useId();
  const [code, setCode] = useState('1000');
  const [reason, setReason] = useState('');
  const given = Number(code);
  const isTaken = given === 1000 || (Number.isInteger(given) && given >= 3000 && given <= 4999);
  const isShort = new TextEncoder().encode(reason).length <= 123;
  return (
    <details className={shared.fold}>
      <summary>Close with a code</summary>
      <div className={styles.close}>
        <div className={shared.field} data-narrow>
          <label htmlFor={`${id}-code`}>Code</label>
          <input
            id={`${id}-code`}
            value={code}
            inputMode="numeric"
            maxLength={4}
            autoComplete="off"
            onChange={(event) => setCode(event.target.value)}
          />
        </div>
        <div className={shared.field}>
          <label htmlFor={`${id}-reason`}>Reason</label>
          <input
            id={`${id}-reason`}
            value={reason}
            maxLength={123}
            autoComplete="off"
            onChange={(event) => setReason(event.target.value)}
          />
        </div>
        <Button disabled={!isTaken || !isShort} onClick={() => onClose(given, reason)}>
          Close with it
        </Button>
      </div>
      {isTaken ? null : <p className={shared.soft}>Browsers take 1000, and 3000 to 4999.</p>}
      {isShort ? null : <p className={shared.soft}>A reason is at most 123 bytes.</p>}
    </details>
  );
}
