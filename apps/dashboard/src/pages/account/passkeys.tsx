import type { Passkey, SignInSettings } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { passkeysQuery } from '../../api/account-queries.ts';
import { cache } from '../../api/cache.ts';
import { client } from '../../api/client.ts';
import { makePasskey, pageWithPasskeys, passkeysWorkAt } from '../../api/passkeys.ts';
import { useWrite } from '../../api/use-write.ts';
import { mistakeOf } from '../../app/sign-in/mistake-of.ts';
import { Button } from '../../parts/button.tsx';
import { Check } from '../../parts/check.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Section } from '../../parts/section.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { browserName } from '../../words/browser.ts';
import styles from './account.module.css';
import { PasskeyRow } from './passkey-row.tsx';
import { personsOnly } from './persons-only.ts';

export function Passkeys({ settings }: { readonly settings: SignInSettings }) {
  const passkeys = useQuery(passkeysQuery);
  const { mayChange, passkeyOrigin } = settings;
  const canAdd = mayChange && passkeysWorkAt(passkeyOrigin);
  return (
    <Section title="Passkeys">
      <p className={styles.lead}>
        A fingerprint, a face or a key instead of a password: nothing to type, nothing to leak.
      </p>
      <Loaded
        asked={passkeys}
        problem="Your passkeys could not be read"
        skeleton={<SkeletonRows rows={2} what="passkeys" />}
      >
        {(all) => <PasskeyList passkeys={all} mayChange={mayChange} />}
      </Loaded>
      {canAdd ? <AddPasskey /> : <WhyNot settings={settings} />}
      <AfterPassword settings={settings} />
    </Section>
  );
}

function PasskeyList({ passkeys, mayChange }: { readonly passkeys: readonly Passkey[]; readonly mayChange: boolean }) {
  if (passkeys.length === 0) return null;
  return (
    <ul className={styles.rows}>
      {passkeys.map((passkey) => (
        <PasskeyRow key={passkey.id} passkey={passkey} mayChange={mayChange} />
      ))}
    </ul>
  );
}

/** One press: it is named after this browser, and can be named otherwise after. */
function AddPasskey() {
  const add = useWrite({
    as: personsOnly,
    mutationFn: async () => {
      const { options } = await client.createPasskeyRegistration({ body: {} });
      const credential = await makePasskey(options);
      return client.createPasskey({ body: { name: browserName(navigator.userAgent), credential } });
    },
    onSettled: () =>
      Promise.all([
        cache.invalidateQueries({ queryKey: ['passkeys'] }),
        cache.invalidateQueries({ queryKey: ['sign-in'] }),
      ]),
  });
  return (
    <div className={styles.form}>
      <div className={styles.actions}>
        <Button busy={add.isPending} onClick={() => add.mutate()}>
          Add a passkey
        </Button>
      </div>
      {add.error ? (
        <p className={styles.mistake} role="alert">
          {mistakeOf(add.error)}
        </p>
      ) : null}
    </div>
  );
}

function WhyNot({ settings: { mayChange, passkeyOrigin } }: { readonly settings: SignInSettings }) {
  if (!mayChange) return null;
  const elsewhere = pageWithPasskeys(passkeyOrigin);
  if (elsewhere)
    return (
      <p className={styles.lead}>
        Browsers bind passkeys to a name, so they work at <a href={elsewhere}>{new URL(elsewhere).host}</a> and not at
        this address. Sign in there to add one.
      </p>
    );
  if (passkeyOrigin === null)
    return (
      <p className={styles.lead}>
        Browsers make passkeys only for an https address with a name, and this installation has none. Its operator can
        set <code>SCONCE_PUBLIC_URL</code>.
      </p>
    );
  return <p className={styles.lead}>This browser has no passkeys.</p>;
}

/** The one rule there is about both. */
function AfterPassword({ settings }: { readonly settings: SignInSettings }) {
  const { passkeyAfterPassword, passkeys, passwordChangedAt, mayChange } = settings;
  /** Shown from the press on, until the API has said how it is. */
  const [wish, setWish] = useState<boolean | null>(null);
  const change = useWrite({
    as: personsOnly,
    mutationFn: (wanted: boolean) => client.updateSignInSettings({ body: { passkeyAfterPassword: wanted } }),
    onSettled: () => cache.invalidateQueries({ queryKey: ['sign-in'] }),
  });
  if (passkeys === 0 || passwordChangedAt === null) return null;
  return (
    <div className={styles.form}>
      <Check
        checked={wish ?? passkeyAfterPassword}
        disabled={!mayChange || change.isPending}
        onChange={(wanted) => {
          setWish(wanted);
          change.mutate(wanted, { onSettled: () => setWish(null) });
        }}
      >
        After my password, ask for a passkey too
      </Check>
      <p className={styles.about}>
        A password alone lets nobody in then. A passkey alone still does, and so does a sign-in link from an
        administrator.
      </p>
      {change.error ? (
        <p className={styles.mistake} role="alert">
          {mistakeOf(change.error)}
        </p>
      ) : null}
    </div>
  );
}
