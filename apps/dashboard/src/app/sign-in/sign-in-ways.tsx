import { useQuery } from '@tanstack/react-query';
import { client } from '../../api/client.ts';
import { pageWithPasskeys, passkeysWorkAt } from '../../api/passkeys.ts';
import { enter } from '../enter.ts';
import { KeyForm } from './key-form.tsx';
import { PasskeyWay } from './passkey-way.tsx';
import { PasswordForm } from './password-form.tsx';
import styles from './sign-in.module.css';
import { useEnteredElsewhere } from './use-entered-elsewhere.ts';
import { useOfferedPasskey } from './use-offered-passkey.ts';

/** All ways in, quickest first. The same for everybody: nothing here says who is known, or was here before. */
export function SignInWays({ onEntered }: { readonly onEntered: () => void }) {
  const { data: ways } = useQuery({
    queryKey: ['sign-in-ways'],
    queryFn: ({ signal }) => client.getSignInWays({ signal }),
  });
  const origin = ways?.passkeyOrigin ?? null;
  const elsewhere = pageWithPasskeys(origin);
  const onProved = async () => {
    await enter();
    onEntered();
  };
  const isHere = passkeysWorkAt(origin);
  useEnteredElsewhere(onProved);
  const offer = useOfferedPasskey(isHere, onProved);
  return (
    <div className={styles.ways}>
      {isHere ? (
        <>
          <PasskeyWay onProved={onProved} offer={offer} />
          <p className={styles.or}>or with a password</p>
        </>
      ) : null}
      <PasswordForm onProved={onProved} elsewhere={elsewhere} offer={offer} />
      <p className={styles.or}>or with a link</p>
      <KeyForm onProved={onProved} />
      {elsewhere ? (
        <p className={styles.elsewhere}>
          Have a passkey? It works at <a href={elsewhere}>{new URL(elsewhere).host}</a>, not at this address.
        </p>
      ) : null}
    </div>
  );
}
