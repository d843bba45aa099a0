import type { Action } from '../words/actions/action.ts';
import { asCurl } from '../words/as-command.ts';
import styles from './as-command.module.css';
import { CopyButton } from './copy-button.tsx';

interface AsCommandProps extends Action {
  /** `Attach`: where there are several near each other. */
  readonly what?: string;
}

/** The same action for a terminal: folded away until somebody wants to know. */
export function AsCommand({ cli, api, what }: AsCommandProps) {
  const as = cli ? 'CLI and API call' : 'API call';
  const calls = 'name' in api ? [api] : api;
  const lines = calls.map((call) => asCurl(location.origin, call));
  return (
    <details className={styles.fold}>
      <summary>{what ? `${what}, as ${as}` : `As ${as}`}</summary>
      {cli ? <CommandLine what="command" text={cli} /> : null}
      <CommandLine what="API call" text={lines.join('\n\n')} />
    </details>
  );
}

/** A line to paste into a terminal. */
export function CommandLine({ text, what }: { readonly text: string; readonly what: string }) {
  return (
    <div className={styles.line}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable from the keyboard. */}
      <pre tabIndex={0}>{text}</pre>
      <CopyButton text={text} what={what} />
    </div>
  );
}
