import { cleanJson, cleanLines } from './clean-text.ts';
import { type Colours, makeColours, wantsColours } from './colours.ts';

/** The part of a write stream that is used. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Standard output carries answers, standard error everything that only tells how it goes. */
export interface Terminal {
  /** Colours of standard output, and of standard error. */
  readonly colours: Colours;
  readonly noteColours: Colours;
  readonly coloured: boolean;
  /** True when progress can be drawn over itself. */
  readonly live: boolean;
  readonly columns: number;
  /** True when a question written to standard error reaches somebody. */
  readonly asks: boolean;
  /** True when only the answer is wanted. */
  readonly quiet: boolean;
  line(text?: string): void;
  note(text?: string): void;
  /** Writes to standard error as it is: for drawing. */
  draw(text: string): void;
  json(value: unknown): void;
}

export function createTerminal(
  stdout: Output,
  stderr: Output,
  environment: Readonly<Record<string, string | undefined>>,
): Terminal {
  const coloured = wantsColours(stdout, environment);
  const noteColoured = wantsColours(stderr, environment);
  return {
    colours: makeColours(coloured),
    noteColours: makeColours(noteColoured),
    coloured,
    live: stderr.isTTY === true && environment.TERM !== 'dumb',
    // A terminal that does not know its width says 0.
    columns: stderr.columns || stdout.columns || Number(environment.COLUMNS) || 80,
    asks: stderr.isTTY === true,
    quiet: false,
    line: (text = '') => void stdout.write(`${cleanLines(text, coloured)}\n`),
    note: (text = '') => void stderr.write(`${cleanLines(text, noteColoured)}\n`),
    draw: (text) => void stderr.write(text),
    json: (value) => void stdout.write(`${cleanJson(JSON.stringify(value))}\n`),
  };
}

/** The same without everything that only tells how it goes. Questions are still asked, since an answer is waited for. */
export function quietTerminal(terminal: Terminal): Terminal {
  return { ...terminal, quiet: true, live: false, note: () => {} };
}
