import { describe, expect, it } from 'vitest';
import { createStepReader } from './build-steps.ts';
import { compareBuilds, type ImageLayer } from './compare-builds.ts';

function read(...lines: string[]) {
  const reader = createStepReader();
  for (const line of lines) reader.take(line);
  return reader.steps();
}

describe('createStepReader', () => {
  it('reads what each step was, how it ended and what it took, however the lines are mixed', () => {
    expect(
      read(
        '#1 [internal] load build definition from Dockerfile',
        '#5 [2/3] RUN pip install torch',
        '#6 [web 3/3] COPY app.py ./',
        '#5 0.301 Collecting torch',
        '#6 DONE 0.1s',
        '#5 DONE 12.3s',
        '#1 DONE 0.0s',
        '#7 [1/3] FROM debian',
        '#7 CACHED',
        '#8 exporting to image',
      ),
    ).toEqual([
      { title: '[internal] load build definition from Dockerfile', is: 'done', ms: 0 },
      { title: 'RUN pip install torch', is: 'done', ms: 12_300 },
      { title: 'COPY app.py ./', is: 'done', ms: 100 },
      { title: 'FROM debian', is: 'cached', ms: 0 },
      { title: 'exporting to image', is: 'unfinished', ms: null },
    ]);
  });

  it('believes the builder alone: what a step prints comes after a time', () => {
    const [step] = read('#5 [2/3] RUN evil', '#5 0.1 DONE 900.0s', '#5 0.2 CACHED', '#5 ERROR: exit code: 1');
    expect(step).toEqual({ title: 'RUN evil', is: 'failed', ms: null });
  });

  it('stays small, whatever comes', () => {
    const steps = read(
      ...Array.from({ length: 5_000 }, (_, index) => `#${index} [1/1] RUN ${'x'.repeat(1_000)}`),
      'no step',
    );
    expect(steps.length).toBe(300);
    expect(Math.max(...steps.map(({ title }) => title.length))).toBe(300);
  });
});

const layer = (createdBy: string, digest: string, sizeBytes: number): ImageLayer => ({ createdBy, digest, sizeBytes });
const step = (title: string, ms: number) => ({ title, is: 'done' as const, ms });

describe('compareBuilds', () => {
  it('pairs what is alike, so that a line added in the middle is new and nothing else', () => {
    const before = {
      steps: [step('RUN a', 10), step('COPY . .', 5)],
      layers: [layer('RUN a', 'd1', 100), layer('COPY . .', 'd2', 7)],
    };
    const now = {
      steps: [step('RUN a', 0), step('RUN b', 40), step('COPY . .', 6)],
      layers: [layer('RUN a', 'd1', 100), layer('RUN b', 'd3', 50), layer('COPY . .', 'd4', 9)],
    };
    const compared = compareBuilds(now, before);
    expect(compared.layers.map(({ is, beforeBytes }) => [is, beforeBytes])).toEqual([
      ['same', 100],
      ['new', null],
      ['changed', 7],
    ]);
    expect(compared.steps.map((one) => one.before?.ms ?? null)).toEqual([10, null, 5]);
    expect(compared.gone).toEqual([]);
  });

  it('pairs equal instructions by their layer first, and names what is gone', () => {
    const before = {
      steps: [],
      layers: [layer('WORKDIR /a', 'x', 0), layer('WORKDIR /a', 'y', 1), layer('ADD z', 'z', 9)],
    };
    const compared = compareBuilds(
      { steps: [], layers: [layer('WORKDIR /a', 'y', 1), layer('WORKDIR /a', 'q', 2)] },
      before,
    );
    expect(compared.layers.map(({ is, beforeBytes }) => [is, beforeBytes])).toEqual([
      ['same', 1],
      ['changed', 0],
    ]);
    expect(compared.gone).toEqual([{ createdBy: 'ADD z', sizeBytes: 9 }]);
  });

  it('has nothing to hold a first build against', () => {
    const compared = compareBuilds({ steps: [step('RUN a', 1)], layers: [layer('RUN a', 'd', 1)] }, null);
    expect(compared).toMatchObject({ steps: [{ before: null }], layers: [{ is: 'new', beforeBytes: null }], gone: [] });
  });
});
