import type { LogLine } from '@sconce/contract';

/** One step of a build, as the builder numbers them; or lines between steps. */
export interface Step {
  /** `#7`; null for lines of no step, each run of them for itself. */
  readonly id: string | null;
  readonly title: string;
  readonly is: 'running' | 'done' | 'cached' | 'failed';
  readonly seconds: number | null;
  readonly lines: readonly LogLine[];
}

type Growing = { -readonly [K in keyof Step]: Step[K] } & { lines: LogLine[] };

const ofStep = /^#(\d+) (.*)$/s;
const done = /^DONE(?: (\d+(?:\.\d+)?)s)?$/;
/** Progress of the builder itself: digests and transfers. */
const bookkeeping = /^(?:sha256:[0-9a-f]{64}|transferring |resolve |extracting sha256:|CACHED$|DONE )/;

/** BuildKit's plain progress, taken apart: its lines come mixed where steps run side by side, and each belongs to one step. */
export function toSteps(lines: readonly LogLine[]): readonly Step[] {
  const steps: Growing[] = [];
  const byId = new Map<string, Growing>();
  for (const line of lines) {
    const match = line.stream === 'system' ? null : ofStep.exec(line.text);
    if (!match) {
      addLoose(steps, line);
      continue;
    }
    const [, id = '', text = ''] = match;
    const step = byId.get(id);
    if (step) addToStep(step, text, line);
    else {
      const begun: Growing = { id, title: text, is: 'running', seconds: null, lines: [] };
      byId.set(id, begun);
      steps.push(begun);
    }
  }
  return steps;
}

function addToStep(step: Growing, text: string, line: LogLine): void {
  const ended = done.exec(text);
  if (ended) {
    step.is = 'done';
    step.seconds = ended[1] === undefined ? null : Number(ended[1]);
  } else if (text === 'CACHED') step.is = 'cached';
  else if (/^(?:ERROR|CANCELED)\b/.test(text)) step.is = 'failed';
  if (bookkeeping.test(text)) return;
  // `0.757 output`: seconds since the step began, which the line's own time tells as well.
  step.lines.push({ ...line, text: text.replace(/^\d+\.\d+ /, '') });
}

function addLoose(steps: Growing[], line: LogLine): void {
  if (line.text.trim() === '') return;
  const last = steps.at(-1);
  if (last?.id === null) last.lines.push(line);
  else steps.push({ id: null, title: '', is: 'done', seconds: null, lines: [line] });
}

export type BuildRow =
  | { readonly kind: 'step'; readonly step: Step; readonly isOpen: boolean }
  | { readonly kind: 'line'; readonly line: LogLine; readonly inStep: boolean };

/** What is in view: steps that are over are folded, but those that failed, and those that a person opened. */
export function toRows(steps: readonly Step[], turned: ReadonlySet<string>, openAll: boolean): readonly BuildRow[] {
  const rows: BuildRow[] = [];
  for (const step of steps) {
    const { id } = step;
    if (id === null) {
      for (const line of step.lines) rows.push({ kind: 'line', line, inStep: false });
      continue;
    }
    const byItself = step.is === 'running' || step.is === 'failed';
    const isOpen = openAll || byItself !== turned.has(id);
    rows.push({ kind: 'step', step, isOpen });
    if (isOpen) for (const line of step.lines) rows.push({ kind: 'line', line, inStep: true });
  }
  return rows;
}

const matters = /\b(?:error|failed|failure|fatal|exception|traceback|not found|no such|cannot|denied)\b/i;

/** The lines to read first when a build failed: what the step that failed said last, and before it whatever sounds like an error. */
export function linesThatMatter(steps: readonly Step[], most = 10): readonly LogLine[] {
  const failed = steps.findLast((step) => step.is === 'failed');
  const said = (failed ?? steps.findLast((step) => step.id !== null))?.lines ?? [];
  const end = said.slice(-most);
  const earlier = said.slice(0, -most).filter((line) => line.level === 'error' || matters.test(line.text));
  // At least the last half stays: an error is often explained by what follows it.
  const kept = earlier.slice(-Math.floor(most / 2));
  return [...kept, ...end.slice(kept.length)];
}
