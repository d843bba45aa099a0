/** Cuts a stream of text into lines. The result never depends on where the chunks were cut. */
export interface LineSplitter {
  /** The lines that this chunk completes, without their newline (`\n` or `\r\n`). */
  write(chunk: string): string[];
  /** The last line when it has no newline; else nothing. */
  flush(): string[];
}

/** Lines longer than `limit` UTF-16 code units come in pieces of at most that size; no character is cut in two. */
export function createLineSplitter(limit = 65_536): LineSplitter {
  if (limit < 2) throw new RangeError(`A line needs room for at least 2 code units, not ${limit}.`);
  let rest = '';
  return {
    write(chunk) {
      const lines: string[] = [];
      rest += chunk;
      let start = 0;
      for (;;) {
        const newline = rest.indexOf('\n', start);
        const end = newline < 0 ? rest.length : newline;
        // One more than the limit: whether a `\r` or half a character is the last one shows only in what follows.
        while (end - start > limit + 1 || (newline >= 0 && withoutReturn(rest, start, end) - start > limit)) {
          const cut = pieceEnd(rest, start, limit);
          lines.push(rest.slice(start, cut));
          start = cut;
        }
        if (newline < 0) break;
        lines.push(rest.slice(start, withoutReturn(rest, start, end)));
        start = newline + 1;
      }
      rest = rest.slice(start);
      return lines;
    },
    flush() {
      const lines: string[] = [];
      while (rest.length > limit) {
        const cut = pieceEnd(rest, 0, limit);
        lines.push(rest.slice(0, cut));
        rest = rest.slice(cut);
      }
      if (rest !== '') lines.push(rest);
      rest = '';
      return lines;
    },
  };
}

function withoutReturn(text: string, start: number, end: number): number {
  return end > start && text[end - 1] === '\r' ? end - 1 : end;
}

function pieceEnd(text: string, start: number, limit: number): number {
  const end = start + limit;
  const last = text.charCodeAt(end - 1);
  const isHighSurrogate = last >= 0xd800 && last <= 0xdbff;
  return isHighSurrogate ? end - 1 : end;
}
