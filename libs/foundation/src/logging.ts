import { pino } from 'pino';

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Log;
}

/** JSON lines on standard output. Names that hold secrets are cut, whoever logs them. */
export function createLog(name: string, level = 'info'): Log {
  const secret = ['password', 'token', 'secret', 'authorization', 'value', 'plaintext'];
  return pino({
    name,
    level,
    base: { name, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: [...secret, ...secret.map((key) => `*.${key}`), '*.headers.cookie'], censor: '[redacted]' },
  });
}

/** For tests that look at what was said, and for those that do not. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLog };
