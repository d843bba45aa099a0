/** One message of a socket. */
export interface Message {
  readonly key: number;
  readonly from: 'me' | 'service';
  /** Since the socket was opened. */
  readonly ms: number;
  readonly bytes: number;
  /** As much of a text as is shown; null: bytes. */
  readonly text: string | null;
  /** The whole of it, as long as it is kept; null: too large. */
  readonly data: string | ArrayBuffer | null;
}

export interface MessageLog {
  /** Oldest first. */
  readonly messages: readonly Message[];
  /** Older ones that are not kept. */
  readonly dropped: number;
  readonly bytes: { readonly me: number; readonly service: number };
}

export const emptyLog: MessageLog = { messages: [], dropped: 0, bytes: { me: 0, service: 0 } };

export const mostMessages = 500;
/** Of all that are kept together, and of one: a page is no place for more. */
const mostKeptBytes = 8 * 1024 * 1024;
const mostOfOneBytes = 2 * 1024 * 1024;
const mostShownCharacters = 4_000;

let lastKey = 0;

export function makeMessage(from: Message['from'], data: string | ArrayBuffer, ms: number): Message {
  lastKey += 1;
  const bytes = typeof data === 'string' ? sizeOf(data) : data.byteLength;
  const text = typeof data === 'string' ? data.slice(0, mostShownCharacters) : null;
  return { key: lastKey, from, ms, bytes, text, data: bytes > mostOfOneBytes ? null : data };
}

/** Of a text as it is sent; that of a very long one is not counted letter by letter. */
const sizeOf = (text: string): number =>
  text.length > 4_000_000 ? text.length : new TextEncoder().encode(text).length;

/** Adds what came meanwhile; the oldest go where there are too many. */
export function withMessages(log: MessageLog, added: readonly Message[]): MessageLog {
  const bytes = { ...log.bytes };
  for (const message of added) bytes[message.from] += message.bytes;
  const all = [...log.messages, ...added];
  let kept = 0;
  let first = all.length;
  for (; first > 0 && all.length - first < mostMessages; first -= 1) {
    kept += weightOf(all[first - 1]);
    if (kept > mostKeptBytes) break;
  }
  return { messages: all.slice(first), dropped: log.dropped + first, bytes };
}

const weightOf = (message: Message | undefined): number =>
  message?.data ? message.bytes : (message?.text?.length ?? 0);
