import type { Terminal } from './terminal.ts';

/** One row that says how far things are, with lines going by above it. */
export interface Progress {
  /** Sets the row. `key` names the step: without a terminal to draw on, one line is written per step and no more. */
  row(key: string, render: () => string): void;
  /** Writes a line above the row. */
  line(text: string): void;
  /** Takes the row away for good. */
  end(): void;
}

const everyMs = 125;
const clear = '\r\x1b[K';

export function createProgress(terminal: Terminal): Progress {
  return terminal.live ? drawn(terminal) : written(terminal);
}

/** For scripts that read JSON: nothing to see. */
export const silentProgress: Progress = { row() {}, line() {}, end() {} };

function drawn(terminal: Terminal): Progress {
  let render: (() => string) | null = null;
  let shown = '';
  const draw = () => {
    const next = render?.() ?? '';
    if (next === shown) return;
    shown = next;
    terminal.draw(clear + next);
  };
  const timer = setInterval(draw, everyMs);
  timer.unref();
  return {
    row: (_, next) => {
      render = next;
      draw();
    },
    line: (text) => {
      terminal.draw(`${clear}${text}\n`);
      shown = '';
      draw();
    },
    end: () => {
      clearInterval(timer);
      if (render) terminal.draw(clear);
      render = null;
    },
  };
}

function written(terminal: Terminal): Progress {
  let last = '';
  return {
    row: (key, render) => {
      if (key === last) return;
      last = key;
      terminal.note(render());
    },
    line: (text) => terminal.note(text),
    end: () => {},
  };
}
