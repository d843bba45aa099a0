/**
 * Paragraphs of `Name: value` lines, as Debian's control files and Python's METADATA have them, with the first line of each field asked
 * for. Lines that begin with a blank go on with the field before and are passed over.
 */
export function* parseFields(text: string, wanted: readonly string[]): Generator<ReadonlyMap<string, string>> {
  let fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (line.trim() === '') {
      if (fields.size > 0) yield fields;
      fields = new Map();
      continue;
    }
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    if (colon > 0 && wanted.includes(name) && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
  }
  if (fields.size > 0) yield fields;
}
