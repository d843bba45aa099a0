import { describe, expect, it } from 'vitest';
import { emptyLog, type MessageLog, makeMessage, mostMessages, withMessages } from './message-log.ts';

const texts = (log: MessageLog) => log.messages.map(({ text }) => text);
const say = (text: string) => makeMessage('service', text, 0);

describe('a log of messages', () => {
  it('keeps the newest, says how many are gone, and counts all', () => {
    let log = emptyLog;
    for (let at = 0; at < 30; at += 1)
      log = withMessages(
        log,
        Array.from({ length: 50 }, (_, of) => say(`${at} ${of}`)),
      );
    expect(log.messages).toHaveLength(mostMessages);
    expect([log.dropped, texts(log)[0], texts(log).at(-1)]).toEqual([1_000, '20 0', '29 49']);
    expect(log.bytes.service).toBe(30 * 10 * 3 + 30 * 40 * 4 + 20 * 50);
    log = withMessages(
      log,
      Array.from({ length: 2_000 }, () => say('x')),
    );
    expect([log.messages.length, log.dropped]).toEqual([500, 3_000]);
  });

  it('keeps a few megabytes at most, and the beginning of what is larger', () => {
    let log = emptyLog;
    for (let at = 0; at < 20; at += 1) log = withMessages(log, [makeMessage('me', new ArrayBuffer(1_000_000), at)]);
    expect(log.messages).toHaveLength(8);
    expect(log.bytes.me).toBe(20_000_000);
    const huge = say('ü'.repeat(3_000_000));
    expect([huge.bytes, huge.text?.length, huge.data]).toEqual([6_000_000, 4_000, null]);
    expect(withMessages(log, [huge]).messages).toHaveLength(9);
    expect(makeMessage('service', new ArrayBuffer(3_000_000), 0)).toMatchObject({ text: null, data: null });
  });

  it('says what is text and what is bytes', () => {
    expect(makeMessage('me', 'ü', 3)).toMatchObject({ from: 'me', ms: 3, bytes: 2, text: 'ü', data: 'ü' });
    expect(makeMessage('me', new ArrayBuffer(0), 3)).toMatchObject({ bytes: 0, text: null });
  });
});
