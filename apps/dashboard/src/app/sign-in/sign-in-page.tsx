import { CommandLine } from '../../parts/as-command.tsx';
import { Logo } from '../frame/logo.tsx';
import { useTitle } from '../use-title.ts';
import styles from './sign-in.module.css';
import { SignInWays } from './sign-in-ways.tsx';

export function SignInPage({ onEntered }: { readonly onEntered: () => void }) {
  useTitle('Sign in');
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <Logo size={32} />
        <h1>Sign in to Sconce</h1>
        <SignInWays onEntered={onEntered} />
        <details className={styles.help}>
          <summary>No way in?</summary>
          <p>
            An administrator can make you a link that lets you in once. On the machine that Sconce runs on, this prints
            one:
          </p>
          <CommandLine what="command" text="npm run link" />
        </details>
      </div>
    </main>
  );
}
