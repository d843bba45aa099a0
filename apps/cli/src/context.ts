import type { Terminal } from './terminal/terminal.ts';

/** Everything a command may know of the process it runs in; comes in from `main.ts` and from tests. */
export interface Context {
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  readonly home: string;
  /** Root of the checkout of Sconce that this command belongs to; null when it was installed by itself. */
  readonly checkout: string | null;
  readonly terminal: Terminal;
  readonly stdin: NodeJS.ReadStream;
  /** As they are, for what is neither ours to format nor to clean. */
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Aborts on Ctrl-C, with `Interrupted`. */
  readonly signal: AbortSignal;
}

/** Options that every command takes. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly apiUrl?: string;
  readonly token?: string;
}
