import { expect, it } from 'vitest';
import { cores, figure, latency, perSecond } from './figures.ts';

it.each([
  [0, '0'],
  [0.0002, '<0.01'],
  [0.42, '0.42'],
  [0.999, '1'],
  [3.24, '3.2'],
  [9.96, '10'],
  [41.4, '41'],
  [1_204.4, '1,204'],
])('%s is %s', (value, text) => {
  expect(figure(value)).toBe(text);
});

it('gives each its unit', () => {
  expect([
    perSecond(3.2),
    latency(0.4),
    latency(41.3),
    latency(1_240),
    latency(185_000),
    cores(250),
    cores(1_000),
  ]).toEqual(['3.2/s', '0.4 ms', '41 ms', '1.2 s', '3.1 min', '0.25 cores', '1 core']);
});
