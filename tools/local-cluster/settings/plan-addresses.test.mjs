import { describe, expect, it } from 'vitest';
import { blockCount, decideBlock, overlap, planAddresses } from './plan-addresses.mjs';

describe('planAddresses', () => {
  it('gives link, pods and services a network each inside of the block', () => {
    expect(planAddresses(65)).toEqual({
      block: '10.217.4.0/22',
      hostAddress: '10.217.4.1',
      nodeAddress: '10.217.4.2',
      linkPrefix: 24,
      podRange: '10.217.5.0/24',
      podGateway: '10.217.5.1',
      serviceRange: '10.217.6.0/24',
      apiServiceAddress: '10.217.6.1',
      nameServerAddress: '10.217.6.10',
      secondBlock: '10.217.7.0/24',
      secondPodRange: '10.217.7.0/25',
      secondPodGateway: '10.217.7.1',
      secondGateway: '10.217.7.129',
      secondAddress: '10.217.7.130',
    });
  });

  it('never gives two clusters the same block, and stays beside the runtime on Docker Engine', () => {
    const blocks = Array.from({ length: blockCount }, (_, index) => planAddresses(index).block);
    expect(new Set(blocks).size).toBe(blockCount);
    expect(blocks[0]).toBe('10.216.0.0/22');
    expect(blocks.at(-1)).toBe('10.231.252.0/22');
  });
});

describe('decideBlock', () => {
  it('keeps to the preferred one where it is free, and goes on to the next where it is not', () => {
    expect(decideBlock(3, ['default', '172.17.0.0/16'])).toBe(3);
    expect(decideBlock(3, ['10.216.13.7', '10.216.16.0/24'])).toBe(5);
    expect(decideBlock(blockCount - 1, ['10.231.252.0/22'])).toBe(0);
  });

  it('finds none where a wider network holds them all', () => {
    expect(decideBlock(0, ['10.0.0.0/8'])).toBeNull();
  });
});

describe('overlap', () => {
  it('compares networks of any size, and single addresses', () => {
    expect(overlap('10.0.0.0/8', '10.216.0.0/22')).toBe(true);
    expect(overlap('10.216.3.255', '10.216.0.0/22')).toBe(true);
    expect(overlap('10.216.4.0/24', '10.216.0.0/22')).toBe(false);
    expect(overlap('0.0.0.0/0', '10.216.0.0/22')).toBe(true);
    expect(overlap('fd00::/64', '10.216.0.0/22')).toBe(false);
  });
});
