import { plainName } from './header-block.ts';

/**
 * Which of a message's headers this gateway reads or removes. Most headers are neither, and are told apart by length
 * and first letter alone, without making a string of their name.
 */
export interface HeaderKinds<K extends string> {
  kindOf(block: string, start: number, colon: number): K | null;
}

const letters = 32;
const longest = 64;

/** `names` maps lower-case names to kinds; every name that starts with a prefix gets that prefix's kind. */
export function headerKinds<K extends string>(names: Record<string, K>, prefixes: Record<string, K>): HeaderKinds<K> {
  const known = new Map(Object.entries(names));
  const starts = Object.entries(prefixes);
  const maybe = new Uint8Array(letters * longest);
  for (const name of known.keys()) maybe[cell(name.charCodeAt(0), name.length)] = 1;
  for (const [prefix] of starts) {
    for (let length = prefix.length; length < longest; length += 1) maybe[cell(prefix.charCodeAt(0), length)] = 1;
  }
  return {
    kindOf(block, start, colon) {
      const length = colon - start;
      // A name too long for the table can only be known by its prefix.
      if (length < longest && maybe[cell(block.charCodeAt(start), length)] !== 1) return null;
      const name = plainName(block.slice(start, colon));
      const kind = known.get(name);
      if (kind !== undefined) return kind;
      for (const [prefix, prefixKind] of starts) if (name.startsWith(prefix)) return prefixKind;
      return null;
    },
  };
}

/** Upper and lower case letters share their low five bits. */
function cell(firstCharCode: number, length: number): number {
  return (firstCharCode & 31) * longest + length;
}
