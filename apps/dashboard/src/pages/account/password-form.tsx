import { ApiProblem, type SignInSettings } from '@sconce/contract';
import { type FormEvent, useState } from 'react';
import { cache } from '../../api/cache.ts';
import { client } from '../../api/client.ts';
import { useWrite } from '../../api/use-write.ts';
import { mistakeOf } from '../../app/sign-in/mistake-of.ts';
import { Button } from '../../parts/button.tsx';
import { Check } from '../../parts/check.tsx';
import { Field } from '../../parts/field.tsx';
import styles from './account.module.css';
import { personsOnly } from './persons-only.ts';
import { Said } from './profile.tsx';

interface PasswordFormProps {
  readonly email: string;
  readonly settings: SignInSettings;
}

const shortest = 15;

export function PasswordForm({ email, settings }: PasswordFormProps) {
  const { needsCurrentPassword: needsCurrent, passwordChangedAt } = settings;
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const [isShown, setShown] = useState(false);
  const put = useWrite({
    as: personsOnly,
    mutationFn: () => client.putPassword({ body: { password, ...(needsCurrent ? { current } : {}) } }),
    onSuccess: async () => {
      setCurrent('');
      setPassword('');
      await cache.invalidateQueries({ queryKey: ['sign-in'] });
    },
  });
  const wrong = (path: string) => (isAbout(put.error, path) ? mistakeOf(put.error) : null);
  const other = put.error && !wrong('current') && !wrong('password') ? mistakeOf(put.error) : null;
  const save = (event: FormEvent) => {
    event.preventDefault();
    put.mutate();
  };
  return (
    <form className={styles.form} onSubmit={save}>
      {/* For what keeps passwords: whose this one is. */}
      <input
        className="visually-hidden"
        aria-hidden="true"
        tabIndex={-1}
        autoComplete="username"
        value={email}
        readOnly
      />
      {needsCurrent ? (
        <Field
          label="Present password"
          name="current"
          type="password"
          autoComplete="current-password"
          value={current}
          mistake={wrong('current')}
          onChange={(event) => setCurrent(event.target.value)}
        />
      ) : null}
      <Field
        label="New password"
        name="password"
        type={isShown ? 'text' : 'password'}
        autoComplete="new-password"
        about={`At least ${shortest} characters, of any kind: a few words in a row are good.`}
        value={password}
        mistake={wrong('password') ?? other}
        onChange={(event) => setPassword(event.target.value)}
      />
      <Check checked={isShown} onChange={setShown}>
        Show it
      </Check>
      <div className={styles.actions}>
        <Button
          type="submit"
          busy={put.isPending}
          disabled={[...password].length < shortest || (needsCurrent && current === '')}
        >
          {passwordChangedAt ? 'Change password' : 'Set password'}
        </Button>
        <Said>{put.data && password === '' ? whatCame(put.data.endedSessions) : null}</Said>
      </div>
    </form>
  );
}

function whatCame(ended: number): string {
  if (ended === 0) return 'Your password is set.';
  return `Your password is set. ${ended === 1 ? 'Your other session' : `Your ${ended} other sessions`} ended.`;
}

const isAbout = (error: unknown, path: string): boolean =>
  error instanceof ApiProblem && error.errors.some((one) => one.path === path);
