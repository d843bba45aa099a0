import { expect, it } from 'vitest';
import { findBest, findScore } from './find.ts';

const paths = ['vision/production/resnet50', 'vision/staging/resnet50', 'speech/production/vad', 'revision'];
const best = (typed: string) => findBest(paths, typed, (path) => path, 2);

it('finds by beginnings first, then parts, then anything, then letters in order', () => {
  expect(best('vision')).toEqual(['vision/staging/resnet50', 'vision/production/resnet50']);
  expect(best('prod vad')).toEqual(['speech/production/vad']);
  expect(best('spv')).toEqual(['speech/production/vad']);
  expect(best('isio')[0]).toBe('revision');
  expect(best('nothing')).toEqual([]);
  expect(best(' ')).toEqual(paths.slice(0, 2));
  expect(findScore('', 'x')).not.toBeNull();
});
