/** One event of a text/event-stream (WHATWG HTML, section 9.2). */
export interface SseEvent {
  readonly event: string;
  readonly data: string;
  /** The last id seen, in this event or before it. */
  readonly id: string | null;
}

/** Reads events from bytes, however they are cut. Comments (heartbeats) are skipped; an event without its blank line at the end is not one. */
export async function* parseSse(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<SseEvent> {
  const decoder = new TextDecoder();
  let pending = '';
  let id: string | null = null;
  for await (const chunk of bytes) {
    pending += decoder.decode(chunk, { stream: true });
    const blocks = pending.split(/\r\n\r\n|\n\n|\r\r/);
    pending = blocks.pop() ?? '';
    for (const block of blocks) {
      const read = parseBlock(block);
      id = read.id ?? id;
      if (read.data !== null) yield { event: read.event ?? 'message', data: read.data, id };
    }
  }
}

function parseBlock(block: string): { event: string | null; data: string | null; id: string | null } {
  let event: string | null = null;
  let id: string | null = null;
  const data: string[] = [];
  for (const line of block.split(/\r\n|\n|\r/)) {
    const [field, value] = splitField(line);
    if (field === 'data') data.push(value);
    else if (field === 'event') event = value;
    else if (field === 'id') id = value;
  }
  return { event, data: data.length > 0 ? data.join('\n') : null, id };
}

function splitField(line: string): [string, string] {
  const colon = line.indexOf(':');
  if (colon < 0) return [line, ''];
  const value = line.slice(colon + 1);
  return [line.slice(0, colon), value.startsWith(' ') ? value.slice(1) : value];
}
