import { plainName, tokenPattern } from './header-block.ts';
import { Malformed } from './malformed.ts';

export interface ConnectionOptions {
  readonly close: boolean;
  readonly keepAlive: boolean;
  readonly upgrade: boolean;
  /** Headers that this message says are for the next hop only; null when it names none. */
  readonly named: ReadonlySet<string> | null;
}

/** Removing one of these on a stranger's word would change who is asking, what for, or where the message ends. */
const untouchable = new Set([
  'host',
  'content-length',
  'content-type',
  'content-encoding',
  'transfer-encoding',
  'authorization',
  'cookie',
  'set-cookie',
  'cache-control',
  'expect',
  'forwarded',
  'location',
  'origin',
  'range',
  'if-match',
  'if-none-match',
  'trailer',
  'via',
  'x-real-ip',
  'x-request-id',
]);
const untouchablePrefix = /^(?:x-forwarded-|x-sconce-|sec-|access-control-)/;
const ordinary = new Set(['close', 'keep-alive', 'upgrade', 'te', 'http2-settings', 'proxy-connection']);

/** Reads all `Connection` values of a message, joined by commas. */
export function parseConnection(value: string): ConnectionOptions {
  const options = value.split(',').map((option) => plainName(option.trim()));
  const named = options.filter((option) => option !== '' && !ordinary.has(option));
  for (const name of named) {
    if (!tokenPattern.test(name))
      throw new Malformed('connection_invalid', 'Connection holds something that is not a name.');
    if (untouchable.has(name) || untouchablePrefix.test(name)) {
      throw new Malformed(
        'connection_invalid',
        `Connection may not name "${name.slice(0, 40)}": it is not for one hop.`,
      );
    }
  }
  return {
    close: options.includes('close'),
    keepAlive: options.includes('keep-alive'),
    upgrade: options.includes('upgrade'),
    named: named.length === 0 ? null : new Set(named),
  };
}
