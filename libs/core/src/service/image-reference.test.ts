import { describe, expect, it } from 'vitest';
import { isImageReference, isPublishedImage } from './image-reference.ts';

describe('isImageReference', () => {
  const digest = `sha256:${'a'.repeat(64)}`;

  it.each([
    'redis',
    'redis:7',
    'team/cache:v1.2_3',
    'registry.example:5000/team/cache',
    '127.0.0.1:7690/a/b:1',
    `redis@${digest}`,
    `ghcr.io/team/a__b-c:7@${digest}`,
    digest,
  ])('takes %s', (text) => {
    expect(isImageReference(text)).toBe(true);
  });

  it.each([
    '',
    'Redis',
    ' redis',
    'redis:',
    'redis 7',
    'https://redis',
    '../redis',
    'redis@sha256:12',
    'a//b',
    '-v/etc',
    `a:${'x'.repeat(129)}`,
    'a'.repeat(401),
  ])('does not take %j', (text) => {
    expect(isImageReference(text)).toBe(false);
  });
});

it('lets nobody name an image by the id that an engine gave it', () => {
  expect(['redis:7', 'redis', `redis@sha256:${'a'.repeat(64)}`].map(isPublishedImage)).toEqual([true, true, true]);
  expect([`sha256:${'a'.repeat(64)}`, 'sha256:abc', 'sha256'].map(isPublishedImage)).toEqual([false, false, false]);
});
