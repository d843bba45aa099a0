import { useEffect, useState } from 'react';
import styles from './copy-button.module.css';
import { Icon } from './icon.tsx';

/** Copies, and says so where it was pressed. `what` is heard: "Copy commit". */
export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const [outcome, setOutcome] = useState<'copied' | 'refused' | null>(null);
  useEffect(() => {
    if (outcome === null) return;
    const timer = setTimeout(() => setOutcome(null), 1_600);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = () =>
    copyText(text).then(
      () => setOutcome('copied'),
      () => setOutcome('refused'),
    );
  const label = outcome === 'copied' ? 'Copied' : outcome === 'refused' ? 'Could not copy' : `Copy ${what}`;
  return (
    <button type="button" className={styles.button} onClick={copy} title={label} data-outcome={outcome ?? undefined}>
      <Icon name={outcome === 'copied' ? 'check' : outcome === 'refused' ? 'cross' : 'copy'} />
      <span className="visually-hidden" aria-live="polite">
        {label}
      </span>
    </button>
  );
}

/** The clipboard is for pages over https and on this machine; elsewhere the older way still works. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'visually-hidden';
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  if (!done) throw new Error('the browser did not copy');
}
