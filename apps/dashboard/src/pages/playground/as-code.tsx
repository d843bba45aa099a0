import { useState } from 'react';
import { CommandLine } from '../../parts/as-command.tsx';
import { asCode, type Language, languages } from '../../words/call-code.ts';
import { type CallDraft, toCoded } from './call-draft.ts';
import styles from './playground.module.css';

/** The same call for a program, at the gateway's address: there it needs no session of anybody. */
export function AsCode({ base, draft }: { readonly base: string; readonly draft: CallDraft }) {
  const [language, setLanguage] = useState<Language>('curl');
  return (
    <details className={styles.fold}>
      <summary>As curl, Python, JavaScript</summary>
      <fieldset className={styles.kinds}>
        <legend className="visually-hidden">Language</legend>
        {languages.map((one) => (
          <label key={one}>
            <input type="radio" name="language" checked={language === one} onChange={() => setLanguage(one)} />
            {one}
          </label>
        ))}
      </fieldset>
      <CommandLine what={`call in ${language}`} text={asCode(language, toCoded(base, draft))} />
    </details>
  );
}
