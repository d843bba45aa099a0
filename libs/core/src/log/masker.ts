import { createPatternAutomaton, type PatternAutomaton } from './pattern-automaton.ts';
import { toSecretForms } from './secret-patterns.ts';

export const maskedText = '[secret]';

/** Masks one stream of text. The result never depends on where the chunks were cut. */
export interface Masker {
  /** The masked text that is certain by now: the end of a chunk is held back while it may be the start of a secret. */
  write(chunk: string): string;
  /** What was held back; the masker starts afresh afterwards. */
  flush(): string;
}

/** The secrets of one place, ready for any number of streams: building it costs far more than using it. */
export interface MaskPatterns {
  createMasker(): Masker;
  /** For a text that is complete in itself. */
  mask(text: string): string;
}

/**
 * Every stretch of text that is a secret, or one of its usual encodings (see `toSecretForms`), becomes `[secret]`;
 * stretches that overlap or touch become one. Secrets shorter than four characters are ignored.
 */
export function createMasker(secrets: readonly string[]): Masker {
  return compileMaskPatterns(secrets).createMasker();
}

export function compileMaskPatterns(secrets: readonly string[]): MaskPatterns {
  const forms = new Set(secrets.flatMap(toSecretForms));
  const automaton = createPatternAutomaton(forms);
  const create = forms.size === 0 ? createOpenMasker : () => createAutomatonMasker(automaton);
  return {
    createMasker: create,
    mask(text) {
      const masker = create();
      return masker.write(text) + masker.flush();
    },
  };
}

function createOpenMasker(): Masker {
  return { write: (chunk) => chunk, flush: () => '' };
}

function createAutomatonMasker(automaton: PatternAutomaton): Masker {
  let state = 0;
  /** Text that is not yet decided, and the stretches of it that are secret: ascending, apart, end exclusive. */
  let held = '';
  let secrets: Stretch[] = [];
  let inSecret = false;

  function release(count: number): string {
    let out = '';
    let at = 0;
    const rest: Stretch[] = [];
    for (const { start, end } of secrets) {
      if (end > count) rest.push({ start: Math.max(0, start - count), end: end - count });
      if (start >= count) continue;
      out += held.slice(at, start);
      if (start > at || !inSecret) out += maskedText;
      at = Math.min(end, count);
      inSecret = true;
    }
    if (at < count) inSecret = false;
    out += held.slice(at, count);
    held = held.slice(count);
    secrets = rest;
    return out;
  }

  return {
    write(chunk) {
      const before = held.length;
      held += chunk;
      for (let index = before; index < held.length; index++) {
        state = automaton.next(state, held.charCodeAt(index));
        const length = automaton.matched(state);
        if (length > 0) addStretch(secrets, Math.max(0, index + 1 - length), index + 1);
      }
      // What may become a secret can begin in one that was shown already: both overlap.
      const undecided = Math.max(0, held.length - automaton.depth(state));
      const last = secrets.at(-1);
      // A secret that is complete and reaches the end is shown at once, though it may be the start of a longer one.
      const isDecided = last !== undefined && last.end === held.length && last.start <= undecided;
      return release(isDecided ? held.length : undecided);
    },
    flush() {
      const rest = release(held.length);
      state = 0;
      inSecret = false;
      return rest;
    },
  };
}

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Ends come in rising order, so each stretch is pushed and taken away at most once. */
function addStretch(stretches: Stretch[], start: number, end: number): void {
  let from = start;
  for (let last = stretches.at(-1); last !== undefined && last.end >= from; last = stretches.at(-1)) {
    from = Math.min(from, last.start);
    stretches.pop();
  }
  stretches.push({ start: from, end });
}
