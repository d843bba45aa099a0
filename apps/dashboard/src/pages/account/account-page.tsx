import type { Me, SignInSettings } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { signInSettingsQuery } from '../../api/account-queries.ts';
import { meQuery } from '../../api/queries.ts';
import { useTitle } from '../../app/use-title.ts';
import { CommandLine } from '../../parts/as-command.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { plainLine } from '../../words/plain-text.ts';
import styles from './account.module.css';
import { Passkeys } from './passkeys.tsx';
import { Password } from './password.tsx';
import { Profile } from './profile.tsx';
import { Sessions } from './sessions.tsx';

/** Who one is here, and how one gets in. */
export function AccountPage() {
  useTitle('Account');
  const me = useQuery(meQuery);
  const settings = useQuery(signInSettingsQuery);
  return (
    <Loaded
      asked={me}
      problem="Your account could not be read"
      skeleton={<SkeletonRows rows={8} what="your account" />}
    >
      {(known) => (
        <Loaded
          asked={settings}
          problem="How you sign in could not be read"
          skeleton={<SkeletonRows rows={8} what="your account" />}
        >
          {(shown) => (known.user ? <AccountShown user={known.user} settings={shown} /> : null)}
        </Loaded>
      )}
    </Loaded>
  );
}

interface AccountShownProps {
  readonly user: NonNullable<Me['user']>;
  readonly settings: SignInSettings;
}

function AccountShown({ user, settings }: AccountShownProps) {
  return (
    <div className={styles.page}>
      <header>
        <h1>{plainLine(user.name)}</h1>
        <p className={styles.soft}>
          {plainLine(user.email)}
          {user.isAdmin ? ', administrator' : ''}
        </p>
      </header>
      {settings.mayChange ? null : <BeganWithToken />}
      <div className={styles.columns}>
        <div className={styles.column}>
          <Profile user={user} mayChange={settings.mayChange} />
          <Password user={user} settings={settings} />
        </div>
        <div className={styles.column}>
          <Passkeys settings={settings} />
        </div>
      </div>
      {settings.mayChange ? (
        <p className={styles.soft}>
          Name, password and passkeys are changed by you in a browser alone: no token may, so there is no command for
          it.
        </p>
      ) : null}
      <Sessions />
    </div>
  );
}

/** Tokens are for machines and leak as such: what they let in may look. */
function BeganWithToken() {
  return (
    <div className={styles.notice} role="note">
      <p>
        This session began with a token, so it cannot change your account. Sign in with a link, a password or a passkey
        instead. On the machine that Sconce runs on, this prints a link:
      </p>
      <CommandLine what="command" text="npm run link" />
    </div>
  );
}
