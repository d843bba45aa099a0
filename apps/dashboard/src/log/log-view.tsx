import { type ReactElement, type Ref, useEffect, useImperativeHandle, useRef } from 'react';
import { VList, type VListHandle } from 'virtua';
import styles from './log-view.module.css';

export interface LogViewHandle {
  /** Brings a row into the middle. */
  show(index: number): void;
}

interface LogViewProps<Row> {
  readonly rows: readonly Row[];
  readonly children: (row: Row, index: number) => ReactElement;
  readonly label: string;
  /** Keeps the end in view as it grows. */
  readonly following: boolean;
  /** A person scrolled away from the end, or back to it. */
  readonly onFollow: (following: boolean) => void;
  readonly ref?: Ref<LogViewHandle>;
}

const rowHeight = 20;
/** As near to the end as counts as being there. */
const nearEndPx = 30;

/** However many rows, only those in view exist. It holds still while a person reads, and goes on when they come back to its end. */
export function LogView<Row>({ rows, children, label, following, onFollow, ref }: LogViewProps<Row>) {
  const list = useRef<VListHandle>(null);
  const byHand = useRef(false);
  useImperativeHandle(ref, () => ({
    show: (index) => list.current?.scrollToIndex(index, { align: 'center' }),
  }));
  useEffect(() => {
    if (following && rows.length > 0) list.current?.scrollToIndex(rows.length - 1, { align: 'end' });
  }, [following, rows.length, rows]);
  const onScroll = (offset: number) => {
    const handle = list.current;
    if (!handle || !byHand.current) return;
    const isAtEnd = handle.scrollSize - handle.viewportSize - offset < nearEndPx;
    if (isAtEnd !== following) onFollow(isAtEnd);
  };
  const handOn = () => {
    byHand.current = true;
  };
  return (
    <VList
      ref={list}
      className={styles.view}
      data={rows as Row[]}
      itemSize={rowHeight}
      onScroll={onScroll}
      onScrollEnd={() => {
        byHand.current = false;
      }}
      onWheel={handOn}
      onPointerDown={handOn}
      onTouchMove={handOn}
      onKeyDown={handOn}
      tabIndex={0}
      role="log"
      aria-label={label}
      aria-live="off"
    >
      {children}
    </VList>
  );
}
