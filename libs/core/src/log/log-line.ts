export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** One line of a service's or a build's log, as stored and streamed. Text has no newline and no unmasked secret. */
export interface LogLine {
  /** Position in its stream, from 1, without gaps. */
  readonly line: number;
  /** RFC 3339 with milliseconds, as the engine saw it. */
  readonly at: string;
  readonly stream: 'stdout' | 'stderr' | 'system';
  readonly level: LogLevel | null;
  readonly text: string;
  readonly replica?: string;
  readonly release?: string;
}
