/** One step of a build as its builder told it: what it was, how it ended, what it took. */
export interface BuildStep {
  /** `RUN pip install torch`, without the builder's own numbers. */
  readonly title: string;
  readonly is: 'done' | 'cached' | 'failed' | 'unfinished';
  /** Null where the builder did not say. */
  readonly ms: number | null;
}

export interface StepReader {
  /** A line of BuildKit's plain progress, without its end. */
  take(line: string): void;
  /** In the order they began; those of the builder itself (reading the Dockerfile, sending files) among them. */
  steps(): readonly BuildStep[];
}

type Growing = { -readonly [K in keyof BuildStep]: BuildStep[K] };

/** A Dockerfile of more steps is a mistake, or an attack on whoever reads this. */
const mostSteps = 300;
const longestTitle = 300;
const ofStep = /^#(\d{1,6}) (.*)$/s;
const done = /^DONE(?: (\d{1,9}(?:\.\d+)?)s)?$/;

/**
 * Steps run side by side and their lines come mixed; the number in front says whose each is. What a step itself prints always follows a time
 * (`#5 0.123 DONE 9s`), so nothing it says is taken for the builder's word.
 */
export function createStepReader(): StepReader {
  const steps = new Map<string, Growing>();
  return {
    take: (line) => {
      const [, id = '', text = ''] = ofStep.exec(line) ?? [];
      if (id === '') return;
      const step = steps.get(id);
      if (step) end(step, text);
      else if (steps.size < mostSteps) steps.set(id, { title: titleOf(text), is: 'unfinished', ms: null });
    },
    steps: () => [...steps.values()].map((step) => ({ ...step })),
  };
}

function end(step: Growing, text: string): void {
  const ended = done.exec(text);
  if (ended) {
    // A cached step is said to be done as well by some versions.
    if (step.is !== 'cached') step.is = 'done';
    step.ms = ended[1] === undefined ? null : Math.round(Number(ended[1]) * 1_000);
  } else if (text === 'CACHED') {
    step.is = 'cached';
    step.ms = 0;
  } else if (/^(?:ERROR|CANCELED)\b/.test(text)) step.is = 'failed';
}

/** `[2/5] RUN x` and `[web 2/5] RUN x` are `RUN x`: the numbers move when a line is added above. */
function titleOf(text: string): string {
  const title = text.replace(/^\[(?:[^\]\s]+ +)?\d+\/\d+\] /, '').trim();
  return title.length > longestTitle ? `${title.slice(0, longestTitle - 1)}…` : title;
}
