/**
 * What passes over the WebSocket of an exec. A first message of `{"problem": …}` says that it was not begun; else it is `{"type": "started"}`. Bytes are
 * binary messages: what the command reads, as it is, and what it writes, after one byte that says which of its outputs. All else is JSON in text
 * messages. It ends with `ended` and a close of 1000, or with a close whose reason begins with `Sconce:`.
 */
export const execChannels = { stdout: 1, stderr: 2 } as const;

/** More in one message ends it. */
export const largestExecMessage = 1024 * 1024;

export interface ExecTerminal {
  readonly columns: number;
  readonly rows: number;
}

export type ExecFromClient =
  | ({ readonly type: 'resize' } & ExecTerminal)
  /** The end of its input. */
  | { readonly type: 'end' };

export type ExecToClient =
  | { readonly type: 'started' }
  /** All of its output came before. */
  | { readonly type: 'ended'; readonly exitCode: number };

/** Null for what this version does not know. */
export function parseExecFromClient(text: string): ExecFromClient | null {
  const message = parse(text);
  if (message?.type === 'end') return { type: 'end' };
  const { columns, rows } = message ?? {};
  return message?.type === 'resize' && isCount(columns) && isCount(rows) ? { type: 'resize', columns, rows } : null;
}

/** Most columns and rows that a terminal has. */
export const largestTerminal = 1_000;

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= largestTerminal;
}

function parse(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? (value as Record<string, unknown> | null) : null;
  } catch {
    return null;
  }
}
