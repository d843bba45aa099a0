import type { LogLine } from '@sconce/contract';
import { clockOfLine, exactly } from '../words/moment.ts';
import { LineText } from './line-text.tsx';
import styles from './log.module.css';

type Shown = Partial<LogLine> & { readonly text: string };

/** A few lines as they stand: the end of a log, or what a replica said last. */
export function Lines({ lines, what }: { readonly lines: readonly Shown[]; readonly what: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable from the keyboard.
    <div className={styles.lines} tabIndex={0} role="log" aria-label={what} aria-live="off">
      {lines.map((line, index) => (
        <Line key={line.line ?? index} line={line} />
      ))}
    </div>
  );
}

interface LineProps {
  readonly line: Shown;
  readonly found?: string | undefined;
  /** With its number, which is a link to it. */
  readonly linked?: boolean;
  readonly isTarget?: boolean;
  readonly inStep?: boolean;
  /** Says which replica it came from. */
  readonly withSource?: boolean;
}

export function Line({ line, found, linked = false, isTarget = false, inStep = false, withSource = false }: LineProps) {
  return (
    <div
      className={styles.line}
      data-level={line.level ?? undefined}
      data-target={isTarget || undefined}
      data-system={line.stream === 'system' || undefined}
      data-in={inStep || undefined}
    >
      {linked ? (
        <a className={styles.number} href={`#L${line.line}`} tabIndex={-1}>
          {line.line}
        </a>
      ) : null}
      {line.at ? (
        <time className={styles.time} dateTime={line.at} title={exactly(Date.parse(line.at))}>
          {clockOfLine(Date.parse(line.at))}
        </time>
      ) : null}
      {withSource ? (
        <span className={styles.source} title={line.replica}>
          {line.replica ?? 'sconce'}
        </span>
      ) : null}
      <span className={styles.text}>
        <LineText text={line.text} found={found} />
      </span>
    </div>
  );
}
