import { useId, useState } from 'react';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { parseDotenv } from '../../words/dotenv.ts';
import { plural } from '../../words/duration.ts';
import dialogs from '../service/dialogs.module.css';
import styles from './variables.module.css';

interface PasteEnvProps {
  readonly onClose: () => void;
  readonly onTaken: (values: Readonly<Record<string, string>>) => void;
}

/** A whole .env at once. It is read here, and only staged. */
export function PasteEnv({ onClose, onTaken }: PasteEnvProps) {
  const [text, setText] = useState('');
  const id = useId();
  const { values, mistakes } = parseDotenv(text);
  const count = Object.keys(values).length;
  return (
    <Dialog title="Paste a .env" onClose={onClose}>
      <label htmlFor={id}>Lines of NAME=value. What is named is set; what is not stays as it is.</label>
      <p className={styles.soft}>Who may write here can read variables. What nobody may read is a secret.</p>
      <textarea
        id={id}
        className={styles.paste}
        rows={12}
        value={text}
        spellCheck={false}
        onChange={(event) => setText(event.target.value)}
      />
      <div role="status">
        {mistakes.slice(0, 5).map(({ line, text: wrong }) => (
          <p key={line} className={styles.mistake}>
            Line {line} says nothing: <code>{wrong.slice(0, 60)}</code>
          </p>
        ))}
      </div>
      <footer className={dialogs.footer}>
        <Button onClick={onClose}>Leave it</Button>
        <Button look="primary" disabled={count === 0} onClick={() => onTaken(values)}>
          Take {plural(count, 'variable')}
        </Button>
      </footer>
    </Dialog>
  );
}
