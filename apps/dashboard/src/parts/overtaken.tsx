import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import styles from './overtaken.module.css';

interface OvertakenProps {
  /** What somebody else did meanwhile. */
  readonly children: ReactNode;
  /** The person knows, and means what they have against it. */
  readonly onGoOn?: () => void;
}

/** Two people at once: the second one is told, and decides knowing what the first one did. */
export function Overtaken({ children, onGoOn }: OvertakenProps) {
  return (
    <div className={styles.overtaken} role="alert">
      <p>{children}</p>
      {onGoOn ? <Button onClick={onGoOn}>Go on with mine</Button> : null}
    </div>
  );
}
