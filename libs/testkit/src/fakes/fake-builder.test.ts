import { BuilderUnavailable } from '@sconce/ports';
import { describe, expect, it } from 'vitest';
import { builderContract } from '../contract/builder-contract.ts';
import { fakeBuilder } from './fake-builder.ts';

builderContract(
  'the fake',
  async () => {
    const builder = fakeBuilder();
    return {
      builder,
      baseImage: 'base:1',
      labelsOf: async (digest) => builder.images.get(digest)?.labels ?? {},
      close: async () => undefined,
    };
  },
  {
    memory_limit: 'it runs no processes',
    process_limit: 'it runs no processes',
    cache_mounts: 'it runs no processes',
  },
);

describe('the fake builder', () => {
  it('fails as it is told', async () => {
    const builder = fakeBuilder();
    builder.failWith(new BuilderUnavailable('away'));
    const limits = { timeMs: 1, memoryMiB: 1, outputBytes: 1 };
    const request = {
      build: 'b',
      directory: '/',
      context: '.',
      dockerfile: 'x',
      args: {},
      secrets: [],
      labels: {},
      noCache: false,
      cacheScope: 'test',
      limits,
    };
    await expect(builder.build(request, () => {}, new AbortController().signal)).rejects.toThrow('away');
    expect(builder.requests).toHaveLength(1);
  });
});
