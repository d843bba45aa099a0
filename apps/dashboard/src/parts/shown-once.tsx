import { CommandLine } from './as-command.tsx';
import { Button } from './button.tsx';
import styles from './shown-once.module.css';

interface ShownOnceProps {
  readonly title: string;
  /** What to do with it, and that it is not shown again. */
  readonly about: string;
  readonly text: string;
  readonly what: string;
  readonly onDone: () => void;
}

/** A secret that was made just now: it stands here until it was put somewhere, and never again. */
export function ShownOnce({ title, about, text, what, onDone }: ShownOnceProps) {
  return (
    <section className={styles.once} aria-label={title}>
      <h3>{title}</h3>
      <p>{about}</p>
      <CommandLine text={text} what={what} />
      <div>
        <Button onClick={onDone}>Done</Button>
      </div>
    </section>
  );
}
