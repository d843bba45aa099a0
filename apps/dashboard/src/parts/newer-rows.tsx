import { Button } from './button.tsx';
import styles from './newer-rows.module.css';

interface NewerRowsProps {
  readonly count: number;
  /** There are more than were counted. */
  readonly isMore?: boolean;
  readonly onShow: () => void;
}

/** Rows that came since a list was read: they announce themselves above it, and what is being read stays where it is. */
export function NewerRows({ count, isMore = false, onShow }: NewerRowsProps) {
  return (
    <div className={styles.newer} role="status">
      {count === 0 ? null : (
        <Button onClick={onShow}>
          {count}
          {isMore ? ' or more' : ''} newer
        </Button>
      )}
    </div>
  );
}
