import type { Me, SignInSettings } from '@sconce/contract';
import { useState } from 'react';
import { cache } from '../../api/cache.ts';
import { client } from '../../api/client.ts';
import { useWrite } from '../../api/use-write.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Section } from '../../parts/section.tsx';
import { Ago } from '../../parts/time.tsx';
import styles from './account.module.css';
import { PasswordForm } from './password-form.tsx';
import { personsOnly } from './persons-only.ts';

interface PasswordProps {
  readonly user: NonNullable<Me['user']>;
  readonly settings: SignInSettings;
}

export function Password({ user, settings }: PasswordProps) {
  const { passwordChangedAt: changedAt, passkeys, mayChange } = settings;
  return (
    <Section title="Password" aside={changedAt && mayChange && passkeys > 0 ? <RemovePassword /> : null}>
      <p className={styles.lead}>
        {changedAt ? (
          <>
            Set <Ago at={changedAt} />.
          </>
        ) : (
          'You have none. With one you can sign in anywhere, without a link.'
        )}
      </p>
      {mayChange ? <PasswordForm email={user.email} settings={settings} /> : null}
    </Section>
  );
}

function RemovePassword() {
  const [isAsked, setAsked] = useState(false);
  const remove = useWrite({
    as: personsOnly,
    mutationFn: () => client.deletePassword(),
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: ['sign-in'] });
      setAsked(false);
    },
  });
  return (
    <>
      <Button look="quiet" onClick={() => setAsked(true)}>
        Remove password
      </Button>
      {isAsked ? (
        <Dialog title="Remove your password" onClose={() => setAsked(false)}>
          <p>From then on you sign in with a passkey, or with a link that an administrator makes.</p>
          {remove.error ? <Problem error={remove.error} what="It was not removed" /> : null}
          <footer className={styles.footer}>
            <Button onClick={() => setAsked(false)}>Keep it</Button>
            <Button look="danger" busy={remove.isPending} onClick={() => remove.mutate()}>
              Remove password
            </Button>
          </footer>
        </Dialog>
      ) : null}
    </>
  );
}
