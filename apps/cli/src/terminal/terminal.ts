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
  return {
    colours: makeColours(coloured),
    noteColours: makeColours(wantsColours(stderr, environment)),
    coloured,
    live: stderr.isTTY === true && environment.TERM !== 'dumb',
    columns: stderr.columns ?? stdout.columns ?? 80,
    line: (text = '') => void stdout.write(`${text}\n`),
    note: (text = '') => void stderr.write(`${text}\n`),
    draw: (text) => void stderr.write(text),
    json: (value) => void stdout.write(`${JSON.stringify(value)}\n`),
  };
}
