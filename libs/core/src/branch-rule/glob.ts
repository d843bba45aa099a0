/**
 * Globs over paths and branch names: `*` and `?` stay within a segment, `**` crosses segments, `[a-z]` and `[!a-z]` are sets,
 * `{a,b}` is either, `\` takes the next character as it is. A dot is an ordinary character.
 *
 * Patterns are written by users and matched in processes that all users share, so there is no backtracking: a match takes at most
 * (length of the pattern) x (length of the text) steps.
 */
export interface Glob {
  matches(text: string): boolean;
}

/** `{a,b}{c,d}...` may stand for at most this many patterns; more makes the pattern invalid. */
const maxAlternatives = 64;
const maxPatternLength = 512;

/** Null when the pattern is empty, too long, or stands for too many. */
export function parseGlob(pattern: string): Glob | null {
  if (pattern === '' || pattern.length > maxPatternLength) return null;
  // `docs/` is what people write for all that is below docs.
  const whole = pattern.endsWith('/') ? `${pattern}**` : pattern;
  const alternatives = expandBraces(whole, maxAlternatives);
  if (alternatives === null) return null;
  const programs = alternatives.map(compile);
  return { matches: (text) => programs.some((program) => run(program, text)) };
}

type State =
  | { readonly kind: 'one'; readonly accepts: (character: string) => boolean }
  /** Stays while characters of the segment come; may be left at any time. */
  | { readonly kind: 'star' }
  /** The same over segments. */
  | { readonly kind: 'globstar' }
  /** Zero or more whole segments, each with its slash. The state after it is its inside. */
  | { readonly kind: 'segments' }
  | { readonly kind: 'inside-segments' };

function compile(pattern: string): State[] {
  const states: State[] = [];
  let at = 0;
  while (at < pattern.length) {
    const atSegmentStart = at === 0 || pattern[at - 1] === '/';
    if (atSegmentStart && pattern.startsWith('**/', at)) {
      states.push({ kind: 'segments' }, { kind: 'inside-segments' });
      at += 3;
    } else if (pattern[at] === '*') {
      const start = at;
      while (pattern[at] === '*') at += 1;
      states.push({ kind: at - start > 1 ? 'globstar' : 'star' });
    } else {
      const one = readOne(pattern, at);
      states.push({ kind: 'one', accepts: one.accepts });
      at = one.end;
    }
  }
  return states;
}

function readOne(pattern: string, at: number): { accepts: (character: string) => boolean; end: number } {
  const character = pattern[at] ?? '';
  if (character === '?') return { accepts: (seen) => seen !== '/', end: at + 1 };
  if (character === '[') {
    const set = readSet(pattern, at);
    if (set !== null) return set;
  }
  if (character === '\\' && at + 1 < pattern.length) {
    const literal = pattern[at + 1];
    return { accepts: (seen) => seen === literal, end: at + 2 };
  }
  return { accepts: (seen) => seen === character, end: at + 1 };
}

/** `[abc]`, `[a-z]`, `[!a]`, `[^a]`; null when it is not closed, and then `[` is itself. */
function readSet(pattern: string, at: number): { accepts: (character: string) => boolean; end: number } | null {
  const negated = pattern[at + 1] === '!' || pattern[at + 1] === '^';
  const first = at + (negated ? 2 : 1);
  // A `]` that comes first belongs to the set.
  const close = pattern.indexOf(']', first + 1);
  if (close < 0 || pattern.slice(first, close).includes('/')) return null;
  const ranges: [string, string][] = [];
  for (let i = first; i < close; ) {
    const low = pattern[i] ?? '';
    const isRange = pattern[i + 1] === '-' && i + 2 < close;
    ranges.push([low, isRange ? (pattern[i + 2] ?? '') : low]);
    i += isRange ? 3 : 1;
  }
  const accepts = (seen: string) =>
    seen !== '/' && ranges.some(([low, high]) => low <= seen && seen <= high) !== negated;
  return { accepts, end: close + 1 };
}

/** Walks all states that could hold at once (Thompson, 1968). */
function run(states: readonly State[], text: string): boolean {
  let current = new Set<number>();
  enter(states, 0, current);
  for (const character of text) {
    const next = new Set<number>();
    for (const index of current) step(states, index, character, next);
    if (next.size === 0) return false;
    current = next;
  }
  return current.has(states.length);
}

function step(states: readonly State[], index: number, character: string, next: Set<number>): void {
  const state = states[index];
  if (state === undefined) return;
  if (state.kind === 'one') {
    if (state.accepts(character)) enter(states, index + 1, next);
  } else if (state.kind === 'star') {
    if (character !== '/') enter(states, index, next);
  } else if (state.kind === 'globstar') {
    enter(states, index, next);
  } else if (state.kind === 'segments') {
    if (character !== '/') next.add(index + 1);
  } else if (character === '/') {
    enter(states, index - 1, next);
  } else {
    next.add(index);
  }
}

/** Adds a state and all that are reached from it without a character. */
function enter(states: readonly State[], index: number, into: Set<number>): void {
  let at = index;
  for (;;) {
    into.add(at);
    const kind = states[at]?.kind;
    if (kind === 'star' || kind === 'globstar') at += 1;
    else if (kind === 'segments') at += 2;
    else return;
  }
}

function expandBraces(pattern: string, limit: number): string[] | null {
  const brace = findBraces(pattern);
  if (brace === null) return [pattern];
  const expanded: string[] = [];
  for (const option of brace.options) {
    const rest = expandBraces(
      pattern.slice(0, brace.start) + option + pattern.slice(brace.end),
      limit - expanded.length,
    );
    if (rest === null) return null;
    expanded.push(...rest);
    if (expanded.length > limit) return null;
  }
  return expanded;
}

/** The first `{a,b}` that is closed and has a comma; anything else in braces is itself. */
function findBraces(pattern: string): { start: number; end: number; options: string[] } | null {
  for (let start = 0; start < pattern.length; start += 1) {
    if (pattern[start] === '\\') start += 1;
    else if (pattern[start] === '{') {
      const found = readBraces(pattern, start);
      if (found !== null && found.options.length > 1) return { start, ...found };
    }
  }
  return null;
}

function readBraces(pattern: string, start: number): { end: number; options: string[] } | null {
  const options: string[] = [];
  let depth = 0;
  let from = start + 1;
  for (let at = start; at < pattern.length; at += 1) {
    const character = pattern[at];
    if (character === '\\') at += 1;
    else if (character === '{') depth += 1;
    else if (character === ',' && depth === 1) {
      options.push(pattern.slice(from, at));
      from = at + 1;
    } else if (character === '}') {
      depth -= 1;
      if (depth === 0) return { end: at + 1, options: [...options, pattern.slice(from, at)] };
    }
  }
  return null;
}
