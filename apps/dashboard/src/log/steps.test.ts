import type { LogLine } from '@sconce/contract';
import { describe, expect, it } from 'vitest';
import { linesThatMatter, toRows, toSteps } from './steps.ts';

const at = '2026-11-24T00:00:00.000Z';
const log = (...texts: string[]): LogLine[] =>
  texts.map((text, index) => ({
    line: index + 1,
    at,
    stream: text.startsWith('!') ? 'system' : 'stdout',
    level: null,
    text,
  }));

const failing = log(
  '!Fetching c3c5b57.',
  '#1 [internal] load build definition from Dockerfile',
  `#1 sha256:${'a'.repeat(64)}`,
  '#1 transferring dockerfile: 231B done',
  '#1 DONE 0.0s',
  '',
  '#2 [2/4] COPY start.sh /start.sh',
  '#2 CACHED',
  '#3 [3/4] RUN pip install',
  '#4 [4/4] RUN make',
  '#3 0.4 Collecting torch',
  '#4 0.757 error: something broke',
  '#3 DONE 12.5s',
  '#4 ERROR: exit code: 3',
  '------',
  '!It ended with exit code 3.',
);

describe('toSteps', () => {
  it('gives each line to its step, without the bookkeeping', () => {
    const shown = toSteps(failing).map(({ id, title, is, seconds, lines }) => [
      id,
      title,
      is,
      seconds,
      lines.map(({ text }) => text),
    ]);
    expect(shown).toEqual([
      [null, '', 'done', null, ['!Fetching c3c5b57.']],
      ['1', '[internal] load build definition from Dockerfile', 'done', 0, []],
      ['2', '[2/4] COPY start.sh /start.sh', 'cached', null, []],
      ['3', '[3/4] RUN pip install', 'done', 12.5, ['Collecting torch']],
      ['4', '[4/4] RUN make', 'failed', null, ['error: something broke', 'ERROR: exit code: 3']],
      [null, '', 'done', null, ['------', '!It ended with exit code 3.']],
    ]);
  });

  it('takes any other builder as it is', () => {
    expect(toSteps(log('Step 1/3 : FROM x', '#notastep', '# 1 comment'))).toHaveLength(1);
  });
});

describe('toRows', () => {
  const rows = (turned: string[], all = false) =>
    toRows(toSteps(failing), new Set(turned), all).map((row) =>
      row.kind === 'step' ? `${row.step.id}${row.isOpen ? ' open' : ''}` : row.line.line,
    );

  it('opens what runs or failed, and what a person opened', () => {
    expect(rows([])).toEqual([1, '1', '2', '3', '4 open', 12, 14, 15, 16]);
    expect(rows(['3', '4'])).toEqual([1, '1', '2', '3 open', 11, '4', 15, 16]);
    expect(rows([], true)).toEqual([1, '1 open', '2 open', '3 open', 11, '4 open', 12, 14, 15, 16]);
  });
});

describe('linesThatMatter', () => {
  it('is the end of the step that failed', () => {
    expect(linesThatMatter(toSteps(failing)).map(({ text }) => text)).toEqual([
      'error: something broke',
      'ERROR: exit code: 3',
    ]);
  });

  it('brings earlier errors forward, and keeps the end', () => {
    const noise = Array.from({ length: 50 }, (_, index) => `#1 1.0 line ${index}`);
    const lines = log('#1 RUN x', '#1 0.1 fatal: no such file', ...noise, '#1 ERROR: exit code: 1');
    const shown = linesThatMatter(toSteps(lines)).map(({ text }) => text);
    expect([shown.length, shown[0], shown.at(-1)]).toEqual([10, 'fatal: no such file', 'ERROR: exit code: 1']);
  });

  it('is empty where nothing was said', () => expect(linesThatMatter(toSteps(log('!Fetching')))).toEqual([]));
});
