import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import styles from './popover.module.css';

interface PopoverProps {
  /** What the button shows; `name` is what it is called where that alone does not say it. */
  readonly button: ReactNode;
  readonly name?: string;
  readonly className?: string | undefined;
  readonly align?: 'start' | 'end';
  readonly children: ReactNode | ((close: () => void) => ReactNode);
  readonly buttonProps?: Readonly<Record<`data-${string}`, string>>;
}

/** A button and what it opens. The browser closes it on Escape and outside, and gives the focus back. What is inside exists only while it is open. */
export function Popover({ button, name, className, align = 'start', children, buttonProps }: PopoverProps) {
  const id = useId();
  const panel = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    if (!isOpen) return;
    const put = () => place(opener.current, panel.current, align);
    put();
    const resized = new ResizeObserver(put);
    if (panel.current) resized.observe(panel.current);
    addEventListener('resize', put);
    addEventListener('scroll', put, true);
    return () => {
      resized.disconnect();
      removeEventListener('resize', put);
      removeEventListener('scroll', put, true);
    };
  }, [isOpen, align]);
  const close = () => panel.current?.hidePopover();
  return (
    <>
      <button
        type="button"
        ref={opener}
        className={className}
        popoverTarget={id}
        aria-expanded={isOpen}
        aria-label={name}
        {...buttonProps}
      >
        {button}
      </button>
      <div
        id={id}
        ref={panel}
        popover="auto"
        className={styles.panel}
        onToggle={(event) => setOpen(event.newState === 'open')}
      >
        {isOpen && (typeof children === 'function' ? children(close) : children)}
      </div>
    </>
  );
}

const gap = 4;
const margin = 8;

/** Below the button; above it where there is more room; never outside the window. */
function place(button: HTMLElement | null, panel: HTMLElement | null, align: 'start' | 'end'): void {
  if (!button || !panel) return;
  const from = button.getBoundingClientRect();
  const { offsetWidth: width, scrollHeight: height } = panel;
  const below = innerHeight - from.bottom - gap - margin;
  const above = from.top - gap - margin;
  const up = height > below && above > below;
  const left = align === 'start' ? from.left : from.right - width;
  panel.style.left = `${Math.max(margin, Math.min(left, innerWidth - width - margin))}px`;
  panel.style.maxHeight = `${Math.max(120, up ? above : below)}px`;
  panel.style.top = up ? 'auto' : `${from.bottom + gap}px`;
  panel.style.bottom = up ? `${innerHeight - from.top + gap}px` : 'auto';
}
