import { describe, expect, it } from 'vitest';
import { parseExecFromClient } from './exec-link.ts';
import { execWords } from './exec-words.ts';

describe('what is told of an exec', () => {
  it('can be typed', () => {
    expect(execWords({ replica: 'r1-abc', container: null, command: ['ls', '-l', '/tmp'] })).toBe('r1-abc: ls -l /tmp');
    expect(execWords({ replica: 'r1-abc', container: 'cache', command: ['sh', '-c', "echo 'a b'"] })).toBe(
      `r1-abc, cache: sh -c 'echo '\\''a b'\\'''`,
    );
    expect(execWords({ replica: null, command: [] })).toBe('a shell');
  });

  it('is nothing where it is about anything else', () => {
    for (const data of [undefined, {}, { command: 'ls' }]) expect(execWords(data)).toBe('');
  });
});

describe('a message of a client', () => {
  it('is a size, or the end of its input', () => {
    const size = { type: 'resize', columns: 120, rows: 40 } as const;
    expect(parseExecFromClient(JSON.stringify({ ...size, more: 1 }))).toEqual(size);
    expect(parseExecFromClient('{"type":"end"}')).toEqual({ type: 'end' });
  });

  it.each(['', '{', 'null', '[]', '1', '{}', '{"type":"resize"}', '{"type":"resize","columns":0,"rows":9}'])(
    '%s is none',
    (text) => expect(parseExecFromClient(text)).toBeNull(),
  );

  it('is no size that no terminal has', () => {
    for (const columns of [1.5, -1, 1e9, '80', null])
      expect(parseExecFromClient(JSON.stringify({ type: 'resize', columns, rows: 40 }))).toBeNull();
  });
});
