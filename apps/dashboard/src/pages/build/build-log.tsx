import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { Finder } from '../../log/finder.tsx';
import { Line } from '../../log/lines.tsx';
import type { LogBuffer } from '../../log/log-buffer.ts';
import { LogState } from '../../log/log-state.tsx';
import { LogView, type LogViewHandle } from '../../log/log-view.tsx';
import { saveLines } from '../../log/save-lines.ts';
import { type BuildRow, type Step, toRows } from '../../log/steps.ts';
import { useLineInHash } from '../../log/use-line-in-hash.ts';
import { Button } from '../../parts/button.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Section } from '../../parts/section.tsx';
import { took } from '../../words/duration.ts';
import { plainLine } from '../../words/plain-text.ts';
import styles from './build-log.module.css';

interface BuildLogProps {
  readonly log: LogBuffer;
  readonly steps: readonly Step[];
  /** Of the file it is saved as. */
  readonly name: string;
}

/** The whole log, step by step: those that are over are folded, and searching opens them all. */
export function BuildLog({ log, steps, name }: BuildLogProps) {
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const [typed, setTyped] = useState('');
  const [following, setFollowing] = useState(true);
  const found = useDeferredValue(typed.trim());
  const target = useLineInHash();
  const view = useRef<LogViewHandle>(null);
  const rows = useMemo(() => toRows(steps, turned, found !== '' || target !== null), [steps, turned, found, target]);
  const hits = useMemo(() => indexesOf(rows, found), [rows, found]);
  const at = target === null ? -1 : rows.findIndex((row) => row.kind === 'line' && row.line.line === target);
  useEffect(() => {
    if (at < 0) return;
    setFollowing(false);
    view.current?.show(at);
  }, [at]);
  const turn = (id: string) => {
    const next = new Set(turned);
    if (!next.delete(id)) next.add(id);
    setTurned(next);
    setFollowing(false);
  };
  return (
    <Section
      title="Log"
      aside={
        <>
          <Finder
            typed={typed}
            hits={hits}
            onType={setTyped}
            onShow={(index) => {
              setFollowing(false);
              view.current?.show(index);
            }}
          />
          <Button look="quiet" onClick={() => saveLines(name, log.lines)} title="Save the lines as a file">
            Download
          </Button>
        </>
      }
    >
      <div className={styles.box}>
        <LogView ref={view} rows={rows} label="Log of the build" following={following} onFollow={setFollowing}>
          {(row) => <Row row={row} found={found} target={target} onTurn={turn} />}
        </LogView>
      </div>
      <LogState log={log} what="The build’s log" following={following} onFollow={() => setFollowing(true)} />
    </Section>
  );
}

interface RowProps {
  readonly row: BuildRow;
  readonly found: string;
  readonly target: number | null;
  readonly onTurn: (id: string) => void;
}

function Row({ row, found, target, onTurn }: RowProps) {
  if (row.kind === 'line')
    return (
      <Line line={row.line} found={found || undefined} linked isTarget={row.line.line === target} inStep={row.inStep} />
    );
  const { id, title, is, seconds, lines } = row.step;
  return (
    <button
      type="button"
      className={styles.step}
      data-is={is}
      aria-expanded={row.isOpen}
      onClick={() => id !== null && onTurn(id)}
    >
      <Icon name={row.isOpen ? 'down' : 'right'} />
      <span className={styles.title}>{plainLine(title, 400)}</span>
      <span className={styles.note}>
        {is === 'running'
          ? lines.length > 0
            ? `${lines.length} lines`
            : ''
          : is === 'done'
            ? seconds === null
              ? ''
              : took(seconds * 1_000)
            : is}
      </span>
    </button>
  );
}

function indexesOf(rows: readonly BuildRow[], found: string): readonly number[] {
  if (found === '') return [];
  const wanted = found.toLowerCase();
  return rows.flatMap((row, index) =>
    row.kind === 'line' && row.line.text.toLowerCase().includes(wanted) ? [index] : [],
  );
}
