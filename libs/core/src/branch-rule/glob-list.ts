import { parseGlob } from './glob.ts';

/**
 * Prepares a list of globs. The last pattern that matches decides; `!` takes away. A list that starts with `!` takes from
 * everything, so that `["!docs/**"]` means what it seems to.
 */
export function globList(patterns: readonly string[]): (text: string) => boolean {
  const steps = patterns.map((pattern) => {
    const takesAway = pattern.startsWith('!');
    return { takesAway, glob: parseGlob(takesAway ? pattern.slice(1) : pattern) };
  });
  const startsTaken = steps[0]?.takesAway ?? false;
  return (text) => {
    let taken = startsTaken;
    for (const { takesAway, glob } of steps) {
      if (takesAway === taken && glob?.matches(text)) taken = !takesAway;
    }
    return taken;
  };
}

export function matchesGlobs(patterns: readonly string[], text: string): boolean {
  return globList(patterns)(text);
}

/** True when every path there can be is taken in, so that nobody has to ask which ones changed. */
export function takesEverything(patterns: readonly string[]): boolean {
  const last = patterns.lastIndexOf('**');
  return last >= 0 && !patterns.slice(last).some((pattern) => pattern.startsWith('!'));
}

/** True when the pattern, `!` included, can be used in a list. */
export function isGlob(pattern: string): boolean {
  return parseGlob(pattern.startsWith('!') ? pattern.slice(1) : pattern) !== null;
}

/** The pattern by which a list takes a text in: the last that matches. Null: it does not take it in. */
export function decidingGlob(patterns: readonly string[], text: string): string | null {
  // What begins with taking away takes everything else in.
  let decides = patterns[0]?.startsWith('!') ? patterns[0] : null;
  for (const pattern of patterns) {
    const takesAway = pattern.startsWith('!');
    if (parseGlob(takesAway ? pattern.slice(1) : pattern)?.matches(text)) decides = takesAway ? null : pattern;
  }
  return decides;
}
