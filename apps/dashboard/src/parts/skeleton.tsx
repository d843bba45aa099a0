import styles from './skeleton.module.css';

/** In the place and size of what is to come; shows only when that takes longer than people notice. */
export function Skeleton({
  width = '100%',
  height = 16,
}: {
  readonly width?: number | string;
  readonly height?: number;
}) {
  return <span className={styles.bar} style={{ width, height }} aria-hidden="true" />;
}

export function SkeletonRows({
  rows,
  height = 32,
  what,
}: {
  readonly rows: number;
  readonly height?: number;
  readonly what: string;
}) {
  return (
    <div className={styles.rows} role="status" aria-label={`Loading ${what}`}>
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows of a skeleton are all alike.
        <span key={index} className={styles.row} style={{ height }}>
          <Skeleton width={`${70 - ((index * 17) % 40)}%`} />
        </span>
      ))}
    </div>
  );
}
