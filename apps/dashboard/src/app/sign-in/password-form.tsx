import { ApiProblem } from '@sconce/contract';
import { type FormEvent, useState } from 'react';
import { client } from '../../api/client.ts';
import { askPasskey } from '../../api/passkeys.ts';
import { Button } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import styles from './sign-in.module.css';
import type { OfferedPasskey } from './use-offered-passkey.ts';
import { useTry } from './use-try.ts';

interface PasswordFormProps {
  readonly onProved: () => Promise<void>;
  /** Where passkeys work, when not on this page: for who needs one after the password. */
  readonly elsewhere: string | null;
  readonly offer: OfferedPasskey;
}

/** Address and password; then a passkey, where this person wants to be asked for it. */
export function PasswordForm({ onProved, elsewhere, offer }: PasswordFormProps) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [isAsked, setAsked] = useState(false);
  const { busy, mistake, setMistake, run } = useTry();
  const confirm = async () => {
    offer.stop();
    const { options } = await client.createSignInChallenge({ body: {} });
    await client.createSession({ body: { email, password, passkey: await askPasskey(options) } });
    await onProved();
  };
  const signIn = (event: FormEvent) => {
    event.preventDefault();
    if (email.trim() === '' || password === '') return setMistake('Type your address and your password.');
    void run(async () => {
      try {
        if (!isAsked) await client.createSession({ body: { email, password } });
      } catch (error) {
        if (!(error instanceof ApiProblem) || error.code !== 'passkey_needed') throw error;
        setAsked(true);
        return elsewhere === null ? confirm() : undefined;
      }
      return isAsked ? confirm() : onProved();
    });
  };
  const typed = (set: (text: string) => void) => (event: { target: { value: string } }) => {
    set(event.target.value);
    setAsked(false);
    setMistake(null);
  };
  return (
    <form className={styles.form} onSubmit={signIn}>
      <Field
        label="E-mail address"
        name="email"
        type="email"
        autoComplete="username webauthn"
        spellCheck={false}
        autoCapitalize="off"
        value={email}
        onChange={typed(setEmail)}
      />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="current-password"
        value={password}
        mistake={mistake}
        onChange={typed(setPassword)}
      />
      {isAsked ? (
        <p className={styles.next} role="status">
          The password is right. Now confirm with your passkey
          {elsewhere ? (
            <>
              , which works at <a href={elsewhere}>{new URL(elsewhere).host}</a>.
            </>
          ) : (
            '.'
          )}
        </p>
      ) : null}
      <Button type="submit" look="primary" busy={busy} disabled={isAsked && elsewhere !== null}>
        {isAsked ? 'Confirm with passkey' : 'Sign in'}
      </Button>
    </form>
  );
}
