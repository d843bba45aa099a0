import { type FormEvent, useState } from 'react';
import { client } from '../../api/client.ts';
import { Button } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import { readKey } from './read-key.ts';
import styles from './sign-in.module.css';
import { useTry } from './use-try.ts';

/** Takes the link that `up` printed or an administrator made, or a personal token. */
export function KeyForm({ onProved }: { readonly onProved: () => Promise<void> }) {
  const [text, setText] = useState('');
  const { busy, mistake, setMistake, run } = useTry();
  const signIn = (event: FormEvent) => {
    event.preventDefault();
    const key = readKey(text);
    if (key.kind === 'unknown') return setMistake(key.why);
    void run(async () => {
      if (key.kind === 'token') await client.createSession({ body: { token: key.token } });
      else if (!(await redeem(key.path))) return setMistake(linkUsed);
      await onProved();
    });
  };
  return (
    <form className={styles.form} onSubmit={signIn}>
      <Field
        label="Sign-in link or personal token"
        name="key"
        type="password"
        autoComplete="off"
        spellCheck={false}
        autoCapitalize="off"
        mono
        value={text}
        mistake={mistake}
        onChange={(event) => {
          setText(event.target.value);
          setMistake(null);
        }}
      />
      <Button type="submit" busy={busy}>
        Use it
      </Button>
    </form>
  );
}

const linkUsed =
  'This link was used, or is older than an hour. An administrator can make a new one; `npm run link` on the machine prints one.';

/** As the link's own page does, without leaving this one. What the answer sets is the cookie; where it leads does not matter. */
async function redeem(path: string): Promise<boolean> {
  return (await fetch(path, { method: 'POST', redirect: 'manual' })).type === 'opaqueredirect';
}
