import styles from './graphs.module.css';

/** As high as what is to come. */
export function GraphsToCome({ count }: { readonly count: number }) {
  return (
    <div className={styles.graphs} role="status" aria-label="Loading figures">
      {Array.from({ length: count }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: graphs of a skeleton are all alike.
        <span key={index} className={styles.toCome} />
      ))}
    </div>
  );
}
