import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { GraphLine } from './graph.tsx';
import { lonely } from './lonely.ts';
import { timeOnAxis } from './time-on-axis.ts';

/** Something that happened: a line across, with its name. */
export interface GraphMark {
  /** Seconds since the Unix epoch. */
  readonly at: number;
  readonly name: string;
}

export interface DrawnGraph {
  show(moments: readonly number[], lines: readonly GraphLine[], marks: readonly GraphMark[]): void;
  remove(): void;
}

interface DrawOptions {
  readonly place: HTMLElement;
  /** One item for each line, with the line's colour on `[data-look]` and room for its value in `[data-value]`. */
  readonly legend: HTMLElement;
  readonly lines: readonly GraphLine[];
  readonly words: (value: number) => string;
  /** Counts in powers of two: memory. */
  readonly binary: boolean;
}

const heightPx = 132;
/** Of a letter of the axes' font, which is as wide as any other. */
const letterPx = 6.7;
/** So that the same moment stands at the same place in all graphs of a column. */
const axisPx = 70;
const axisFor = (said: readonly string[] | null) =>
  Math.max(axisPx, Math.max(0, ...(said ?? []).map((text) => text.length)) * letterPx + 10);
/** Steps of axes of memory, in MiB: from 1 KiB on. */
const powersOfTwo = Array.from({ length: 40 }, (_, power) => 2 ** (power - 10));
/** Told apart without colour, too. */
const dashes: Readonly<Record<GraphLine['look'], number[]>> = {
  a: [],
  b: [6, 3],
  c: [2, 3],
  failed: [],
  waiting: [6, 3],
};

export function drawGraph(options: DrawOptions): DrawnGraph {
  const { place } = options;
  let marks: readonly GraphMark[] = [];
  const graph = new uPlot(
    makeOptions(options, () => marks),
    [[], ...options.lines.map(() => [])],
    place,
  );
  const resized = new ResizeObserver(() => graph.setSize({ width: place.clientWidth, height: heightPx }));
  resized.observe(place);
  // The system's theme may change without a word of ours.
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  const repaint = () => graph.redraw(false, true);
  scheme.addEventListener('change', repaint);
  return {
    show(moments, lines, newMarks) {
      marks = newMarks;
      graph.setData([[...moments], ...lines.map(({ values }) => [...values])]);
    },
    remove() {
      resized.disconnect();
      scheme.removeEventListener('change', repaint);
      graph.destroy();
    },
  };
}

function makeOptions(options: DrawOptions, marks: () => readonly GraphMark[]): uPlot.Options {
  const { place, legend, lines, words } = options;
  const samples = [...legend.querySelectorAll('[data-look]')];
  const values = [...legend.querySelectorAll('[data-value]')];
  const textColour = () => getComputedStyle(place).color;
  const lineColour = () => getComputedStyle(place).borderTopColor;
  const font = `11px ${getComputedStyle(place).fontFamily}`;
  const axis = { stroke: textColour, font, ticks: { show: false }, grid: { stroke: lineColour, width: 1 } };
  const say = (graph: uPlot) => {
    const at = graph.cursor.idx ?? graph.data[0].length - 1;
    values.forEach((value, index) => {
      const number = graph.data[index + 1]?.[at];
      value.textContent = typeof number === 'number' ? words(number) : '-';
    });
  };
  return {
    width: place.clientWidth,
    height: heightPx,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, sync: { key: 'sconce' }, points: { size: 6 } },
    scales: { x: { time: true }, y: { range: (_, __, most) => [0, (most || 1) * 1.15] } },
    axes: [
      {
        ...axis,
        size: 24,
        gap: 4,
        values: (_, splits, __, ___, step) => splits.map((at) => timeOnAxis(at * 1000, step)),
      },
      {
        ...axis,
        size: (_, said) => axisFor(said),
        gap: 6,
        space: 36,
        values: (_, splits) => splits.map((value) => words(value)),
        ...(options.binary ? { incrs: powersOfTwo } : {}),
      },
    ],
    series: [
      {},
      ...lines.map(({ name, look }, index) => ({
        label: name,
        stroke: () => getComputedStyle(samples[index] ?? place).color,
        width: 1.5,
        dash: dashes[look],
        points: { show: false, size: 4, filter: (graph: uPlot, line: number) => lonely([...(graph.data[line] ?? [])]) },
      })),
    ],
    hooks: { setCursor: [say], setData: [say], draw: [(graph) => drawMarks(graph, marks(), textColour(), font)] },
  };
}

/** The newest one where several would stand on each other. */
function drawMarks(graph: uPlot, marks: readonly GraphMark[], colour: string, font: string): void {
  const { ctx, bbox } = graph;
  const scale = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
  ctx.lineWidth = scale;
  ctx.font = font.replace(/^\d+px/, `${11 * scale}px`);
  ctx.textBaseline = 'top';
  ctx.textAlign = 'left';
  ctx.setLineDash([3 * scale, 3 * scale]);
  let free = Number.POSITIVE_INFINITY;
  for (const { at, name } of marks.toReversed()) {
    const x = Math.round(graph.valToPos(at, 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const width = ctx.measureText(name).width + 4 * scale;
    const left = x + 3 * scale + width > bbox.left + bbox.width ? x - width : x + 3 * scale;
    if (left + width > free) continue;
    ctx.fillText(name, left, bbox.top + 2 * scale);
    free = Math.min(left, x);
  }
  ctx.restore();
}
