import { sessionCookieNames } from '@sconce/contract';

/** Both: which of them an installation uses is not known here, and it may have used the other one before. */
const names: ReadonlySet<string> = new Set(Object.values(sessionCookieNames));
/** Part of every one of them, so that a header without it needs no second look. */
const common = sessionCookieNames.plain;

export const mayHoldSession = (line: string): boolean => line.includes(common);

/**
 * A Cookie line (without its CRLF) less the dashboard's session, with CRLF; empty where nothing else was in it. Cookies do not care about ports: a browser that
 * is signed in at this host name brings its session along to every service here. It is cut at each `;`, quoted or not: a service that
 * set `a="x` and `z="` itself would otherwise read the session as part of a value. Other cookies stay byte for byte.
 */
export function withoutSession(line: string): string {
  const colon = line.indexOf(':') + 1;
  const pairs = line.slice(colon).split(';');
  const kept = pairs.filter((pair) => !names.has(nameOf(pair)));
  if (kept.length === pairs.length) return `${line}\r\n`;
  const value = kept.join(';').replace(/^[\t ]+/, '');
  return /^[\t ;]*$/.test(value) ? '' : `${line.slice(0, colon)} ${value}\r\n`;
}

function nameOf(pair: string): string {
  const equals = pair.indexOf('=');
  return equals < 0 ? '' : pair.slice(0, equals).replace(/^[\t ]+|[\t ]+$/g, '');
}

/**
 * Whether a Set-Cookie's value would give a browser another session than its own, and so sign it out or in as somebody else. A cookie without a name is
 * sent as its value alone: `=sconce=x` comes back as `sconce=x` (RFC 6265bis, sections 5.6 and 5.8.3).
 */
export function setsSession(value: string): boolean {
  const [pair = ''] = value.split(';', 1);
  return names.has(nameOf(pair.replace(/^[\t ]*=/, '')));
}
