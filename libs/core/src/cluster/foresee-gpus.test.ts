import { describe, expect, it } from 'vitest';
import { type Foreseen, foreseeGpus } from './foresee-gpus.ts';

const cards = (total: number, free: number, product = 'NVIDIA L4') => ({ product, memoryMiB: 23_034, total, free });
const foresee = (change: Partial<Foreseen>) =>
  foreseeGpus({
    request: { product: 'L4', count: 1, memoryMiB: null },
    replicas: 1,
    stands: false,
    pools: [{ nodes: 1, gpus: [cards(1, 0)] }],
    own: 0,
    others: [],
    heldMs: [],
    ...change,
  });

describe('foreseeGpus', () => {
  it('needs no place where none is asked for, or an equal release stands', () => {
    expect(foresee({ request: null })).toMatchObject({ verdict: 'side_by_side', gpus: null });
    expect(foresee({ stands: true, own: 1 })).toMatchObject({ verdict: 'side_by_side', gpus: null });
  });

  it('starts beside what runs where enough of the right ones are free', () => {
    const pools = [{ nodes: 1, gpus: [cards(2, 1), cards(4, 4, 'NVIDIA T4')] }];
    expect(foresee({ pools, own: 1 })).toEqual({
      verdict: 'side_by_side',
      gpus: { needed: 1, free: 1 },
      holdMs: null,
      message: 'It needs 1 GPU that fits, and 1 is free: it starts beside what runs, and takes over once it answers.',
    });
    expect(foresee({ pools, own: 1, replicas: 2 }).verdict).toBe('hand_over');
  });

  it('takes over from what runs where only that holds enough, and says for how long requests waited before', () => {
    expect(foresee({ own: 1, heldMs: [9_000, 12_300, 60_000] })).toMatchObject({
      verdict: 'hand_over',
      holdMs: 12_300,
    });
    expect(foresee({ own: 1, heldMs: [12_300] }).message).toContain('Requests wait meanwhile, about 12 s as before;');
    expect(foresee({ own: 1 })).toMatchObject({ verdict: 'hand_over', holdMs: null });
    // What it holds of another kind is of no use to it.
    expect(foresee({ own: 4, pools: [{ nodes: 1, gpus: [cards(4, 0, 'NVIDIA T4')] }] }).verdict).toBe('refused');
  });

  it('would be refused where others hold them, and says who', () => {
    const others = [{ path: 'shop/staging/ocr', gpus: 1, quietMs: 7_200_000 }];
    expect(foresee({ others })).toMatchObject({
      verdict: 'refused',
      gpus: { needed: 1, free: 0 },
      message:
        'It needs 1 GPU that fits, and 0 are free, with 0 of its own: it would be refused, and what runs goes on. `shop/staging/ocr` holds 1 and had no request for 2 h. Delete `shop/staging/ocr` if it is not needed any more.',
    });
  });
});
