/**
 * All patterns as one automaton (Aho and Corasick, 1975): a text is read once, whatever their number. Steps are per UTF-16
 * code unit.
 */
export interface PatternAutomaton {
  /** The state after `code`; 0 is the start. */
  next(state: number, code: number): number;
  /** Length of the longest pattern that ends in this state, 0 when none does. */
  matched(state: number): number;
  /** How many of the last code units may still become part of a match. */
  depth(state: number): number;
}

interface Node {
  readonly children: Map<number, number>;
  readonly depth: number;
  fallback: number;
  matched: number;
}

export function createPatternAutomaton(patterns: Iterable<string>): PatternAutomaton {
  const nodes = plantPatterns(patterns);
  linkFallbacks(nodes);
  const at = (state: number) => nodes[state] as Node;
  const starts = new Uint8Array(65_536);
  for (const code of at(0).children.keys()) starts[code] = 1;
  return {
    next(state, code) {
      let from = state;
      while (from !== 0) {
        const node = at(from);
        const to = node.children.get(code);
        if (to !== undefined) return to;
        from = node.fallback;
      }
      return starts[code] === 1 ? (at(0).children.get(code) ?? 0) : 0;
    },
    matched: (state) => at(state).matched,
    depth: (state) => at(state).depth,
  };
}

function plantPatterns(patterns: Iterable<string>): Node[] {
  const nodes: Node[] = [{ children: new Map(), depth: 0, fallback: 0, matched: 0 }];
  for (const pattern of patterns) {
    let state = 0;
    for (let index = 0; index < pattern.length; index++) {
      const code = pattern.charCodeAt(index);
      const { children } = nodes[state] as Node;
      let child = children.get(code);
      if (child === undefined) {
        child = nodes.push({ children: new Map(), depth: index + 1, fallback: 0, matched: 0 }) - 1;
        children.set(code, child);
      }
      state = child;
    }
    if (state !== 0) (nodes[state] as Node).matched = pattern.length;
  }
  return nodes;
}

/** By rising depth, so that the fallback of a parent is known before its children need it. */
function linkFallbacks(nodes: Node[]): void {
  const queue: number[] = [0];
  for (const state of queue) {
    const node = nodes[state] as Node;
    for (const [code, child] of node.children) {
      const target = nodes[child] as Node;
      target.fallback = state === 0 ? 0 : followFallback(nodes, node.fallback, code);
      target.matched = Math.max(target.matched, (nodes[target.fallback] as Node).matched);
      queue.push(child);
    }
  }
}

function followFallback(nodes: readonly Node[], from: number, code: number): number {
  for (let state = from; ; state = (nodes[state] as Node).fallback) {
    const child = (nodes[state] as Node).children.get(code);
    if (child !== undefined) return child;
    if (state === 0) return 0;
  }
}
