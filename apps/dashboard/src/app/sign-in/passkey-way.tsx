import { client } from '../../api/client.ts';
import { askPasskey } from '../../api/passkeys.ts';
import { Button } from '../../parts/button.tsx';
import { Icon } from '../../parts/icon.tsx';
import styles from './sign-in.module.css';
import type { OfferedPasskey } from './use-offered-passkey.ts';
import { useTry } from './use-try.ts';

interface PasskeyWayProps {
  readonly onProved: () => Promise<void>;
  readonly offer: OfferedPasskey;
}

/** One press and a fingerprint. */
export function PasskeyWay({ onProved, offer }: PasskeyWayProps) {
  const { busy, mistake, run } = useTry();
  const signIn = async () => {
    offer.stop();
    const worked = await run(async () => {
      const { options } = await client.createSignInChallenge({ body: {} });
      await client.createSession({ body: { passkey: await askPasskey(options) } });
      await onProved();
    });
    if (!worked) offer.start();
  };
  return (
    <div className={styles.form}>
      <Button busy={busy} onClick={() => void signIn()}>
        <Icon name="key" />
        Sign in with a passkey
      </Button>
      {mistake ? (
        <p className={styles.mistake} role="alert">
          {mistake}
        </p>
      ) : null}
    </div>
  );
}
