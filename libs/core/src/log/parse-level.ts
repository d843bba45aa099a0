import type { LogLevel } from './log-line.ts';

const words: Readonly<Record<string, LogLevel>> = {
  trace: 'debug',
  debug: 'debug',
  verbose: 'debug',
  d: 'debug',
  info: 'info',
  information: 'info',
  notice: 'info',
  i: 'info',
  warn: 'warn',
  warning: 'warn',
  w: 'warn',
  error: 'error',
  err: 'error',
  fatal: 'error',
  critical: 'error',
  panic: 'error',
  alert: 'error',
  emergency: 'error',
  severe: 'error',
  e: 'error',
  f: 'error',
  c: 'error',
};

const word = 'trace|debug|verbose|info|notice|warn|warning|error|err|fatal|critical|panic';
/** `[error]`, `<warn>`, `(info)`, also after a timestamp or a logger's name, but near the start of the line only. */
const bracketed = new RegExp(`^.{0,60}?[[<(]\\s*(${word})\\s*[\\])>]`, 'i');
/** `INFO:     Started`, `ERROR - `, `WARNING:root:`, and loguru's `| INFO |`. */
const leading = new RegExp(`^\\s*(${word})(?:\\s*:|\\s+-|\\s*\\||\\s+\\[|\\s*$)`, 'i');
/** `2026-11-23 20:33:45,123 - app - INFO - ...`, `... INFO app: ...`: in capitals, since words in a sentence are not. */
const afterTimestamp =
  /^\[?\d{2,4}[-/:]\d{2}[-/:]\d{2}.{0,80}?\b(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)\b/;
const keyed = /(?:^|\s)(?:level|lvl|severity)=["']?([a-z]+)/i;
/** glog, klog and absl, used by TensorRT and Triton: `E1123 20:33:45.1234 ...`. */
const glog = /^([IWEF])\d{4} \d{2}:\d{2}:\d{2}/;
const pythonTraceback = /^\s*Traceback \(most recent call last\):/;
/** The last line of a traceback: `ValueError: ...`, `torch.cuda.OutOfMemoryError: ...`. */
const pythonException = /^(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception)(?::|$)/;
const goPanic = /^(?:panic:|fatal error:)/;

/** What a line says of its own importance; null when it does not say. Reads at most the first 4096 characters. */
export function parseLevel(text: string): LogLevel | null {
  const head = text.slice(0, 4096).trimEnd();
  if (head === '') return null;
  if (head.trimStart().startsWith('{')) {
    const level = parseJsonLevel(text);
    if (level !== null) return level;
  }
  if (pythonTraceback.test(head) || pythonException.test(head) || goPanic.test(head)) return 'error';
  for (const pattern of [leading, glog, keyed, afterTimestamp, bracketed]) {
    const level = wordLevel(pattern.exec(head)?.[1] ?? '');
    if (level !== null) return level;
  }
  return null;
}

const longestJson = 65_536;

function parseJsonLevel(text: string): LogLevel | null {
  if (text.length > longestJson) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  for (const key of ['level', 'severity', 'levelname', 'log.level', 'lvl', 'loglevel']) {
    const level = toLevel(Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined);
    if (level !== null) return level;
  }
  return null;
}

/** Words, or the numbers of pino and bunyan: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal. */
function toLevel(value: unknown): LogLevel | null {
  if (typeof value === 'string') return wordLevel(value.trim());
  if (typeof value !== 'number' || value < 10 || value > 60) return null;
  if (value < 30) return 'debug';
  if (value < 40) return 'info';
  return value < 50 ? 'warn' : 'error';
}

function wordLevel(text: string): LogLevel | null {
  const key = text.toLowerCase();
  return Object.hasOwn(words, key) ? (words[key] ?? null) : null;
}
