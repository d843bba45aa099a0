import { mebibytes } from '../words/bytes.ts';
import type { GraphLine } from './graph.tsx';

export interface GraphOf {
  readonly title: string;
  readonly lines: readonly GraphLine[];
  readonly words: (value: number) => string;
  /** Memory: its axis goes in powers of two. */
  readonly binary: boolean;
}

type Line<Point> = readonly [name: string, look: GraphLine['look'], read: (point: Point) => number | null];

/** Makes graphs of the same points. */
export function graphsFrom<Point>(points: readonly Point[]) {
  return (title: string, words: GraphOf['words'], ...lines: readonly Line<Point>[]): GraphOf => ({
    title,
    words,
    binary: words === mebibytes,
    lines: lines.map(([name, look, read]) => ({ name, look, values: points.map(read) })),
  });
}
