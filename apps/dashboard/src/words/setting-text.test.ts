import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as forms from './setting-text.ts';

const value = (form: forms.TextForm, text: string) => {
  const parsed = form.parse(text);
  return 'value' in parsed ? parsed.value : 'mistake';
};

const bare = { command: null, env: {}, sharesVariables: false, cpuMilli: null, memoryMiB: null };

it.each([
  [forms.memoryForm, '2 GiB', 2_048],
  [forms.memoryForm, '2Gi', 2_048],
  [forms.memoryForm, '1.5g', 1_536],
  [forms.memoryForm, '512', 'mistake'],
  [forms.memoryForm, '', 'mistake'],
  [forms.cpuForm, '0.25', 250],
  [forms.cpuForm, '0', 'mistake'],
  [forms.cpuForm, '1e3', 'mistake'],
  [forms.durationForm, '5 min', 300_000],
  [forms.durationForm, '5m', 300_000],
  [forms.durationForm, '1.5s', 1_500],
  [forms.durationForm, '30', 'mistake'],
  [forms.wholeForm(1, 65_535), '65536', 'mistake'],
  [forms.wholeForm(1, 65_535), '-1', 'mistake'],
  [forms.orNone(forms.memoryForm), ' ', 'none'],
  [forms.listForm, '**\n\n!docs/**\n', ['**', '!docs/**']],
  [forms.pairsForm, 'A=1=2\nB=', { A: '1=2', B: '' }],
  [forms.pairsForm, 'A', 'mistake'],
  [
    forms.volumesForm,
    'cache /models 20 GiB\nraw /raw',
    [
      { name: 'cache', path: '/models', sizeMiB: 20_480 },
      { name: 'raw', path: '/raw', sizeMiB: null },
    ],
  ],
  [forms.volumesForm, 'cache models', 'mistake'],
  [forms.volumesForm, 'cache /models huge', 'mistake'],
  [
    forms.sidecarsForm,
    'cache redis:7\n{"name":"ship","image":"a/b","env":{"A":"1"}}',
    [
      { name: 'cache', image: 'redis:7', ...bare },
      { name: 'ship', image: 'a/b', ...bare, env: { A: '1' } },
    ],
  ],
  [forms.sidecarsForm, 'cache', 'mistake'],
  [forms.sidecarsForm, '["cache"]', 'mistake'],
])('%o reads %j as %j', (form, text, expected) => expect(value(form, text)).toEqual(expected));

describe('what is shown', () => {
  it('is read back as it was', () => {
    const same = (form: forms.TextForm, given: unknown) => {
      expect(value(form, form.format(given))).toEqual(given);
    };
    fc.assert(fc.property(fc.integer({ min: 1, max: 4_000_000 }), (mebibytes) => same(forms.memoryForm, mebibytes)));
    fc.assert(fc.property(fc.integer({ min: 0, max: 604_800_000 }), (ms) => same(forms.durationForm, ms)));
    fc.assert(fc.property(fc.integer({ min: 10, max: 1_024_000 }), (milli) => same(forms.cpuForm, milli)));
    same(forms.sidecarsForm, [
      { name: 'cache', image: 'redis:7', ...bare },
      { name: 'ship', image: 'a/b', ...bare, command: ['a', 'b c'], memoryMiB: 64 },
    ]);
    same(forms.gpuForm, { product: 'H100', count: 2, memoryMiB: null });
  });

  it('is nothing where there is nothing', () => {
    for (const form of [forms.memoryForm, forms.cpuForm, forms.durationForm, forms.lineForm, forms.listForm])
      expect(form.format(null)).toBe('');
    expect(forms.gpuForm.format(null)).toBe('none');
  });
});
