import { Link } from 'wouter';
import { type Range, ranges, rangeWords } from '../words/ranges.ts';
import styles from './range-choice.module.css';

/** How far back the graphs of a page go, in its address. */
export function RangeChoice({ path, range }: { readonly path: string; readonly range: Range }) {
  return (
    <nav className={styles.ranges} aria-label="How far back">
      {ranges.map((one) => (
        <Link
          key={one}
          href={`${path}${one === '1h' ? '' : `?range=${one}`}`}
          className={styles.range}
          aria-current={one === range ? 'true' : undefined}
          title={rangeWords[one]}
        >
          {one}
        </Link>
      ))}
    </nav>
  );
}
