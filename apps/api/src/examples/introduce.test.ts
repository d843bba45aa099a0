import { fileURLToPath } from 'node:url';
import { silentLog } from '@sconce/foundation';
import { describe, expect, it } from 'vitest';
import { introduce, readExamples } from './read-examples.ts';

describe('introduce', () => {
  it('takes the heading and the first paragraph, as plain text', () => {
    expect(
      introduce('x', '# ResNet-50\n\n[ResNet](https://a.b) behind **FastAPI**:\nan image in.\n\n    curl x\n'),
    ).toEqual({
      title: 'ResNet-50',
      about: 'ResNet behind FastAPI: an image in.',
    });
    expect(introduce('x', '')).toEqual({ title: 'x', about: '' });
  });
});

describe('readExamples', () => {
  it('knows of those that come with Sconce how they run', async () => {
    const examples = await readExamples(fileURLToPath(new URL('../../../../examples', import.meta.url)), silentLog);
    expect([...examples.keys()]).toEqual(['resnet50', 'silero-vad']);
    const { plan, files } = examples.get('resnet50') ?? {};
    expect(plan).toMatchObject({
      service: 'resnet50',
      dockerfile: 'Dockerfile',
      port: { value: 8000 },
      probe: { value: '/healthz' },
      gpu: { value: false },
      memoryMiB: { value: 2048 },
      settings: {},
      problems: [],
    });
    expect(files?.has('samples/cat.jpg')).toBe(true);
  });

  it('finds none where there is no folder', async () => {
    expect((await readExamples('/nowhere/at/all', silentLog)).size).toBe(0);
  });
});
