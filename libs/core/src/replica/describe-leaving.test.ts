import { expect, it } from 'vitest';
import { describeLeaving, type LeavingWords } from './describe-leaving.ts';

const words = (over: Partial<LeavingWords> = {}): string =>
  describeLeaving({
    node: 'n1',
    cause: 'drained',
    heldUntil: Date.parse('2026-01-01T10:12:30Z'),
    staysWithVolume: false,
    obstacle: null,
    ...over,
  });

it('says what happens to the node and to the replica', () => {
  expect(words()).toBe(
    'Node n1 is being drained. It goes on until another one is ready elsewhere, at most until 10:12 UTC.',
  );
  expect(words({ cause: 'reclaimed' })).toContain('Node n1 is being taken back by its cloud.');
  expect(words({ cause: 'scaled_down' })).toContain('Node n1 is being removed by the node autoscaler.');
  expect(words({ cause: 'lost' })).toBe('Node n1 does not answer. Another one is started elsewhere.');
  expect(words({ staysWithVolume: true })).toContain('it ends there first');
});

it('says the next step where the other one has no place', () => {
  const obstacle = 'It has no place: no node has the GPUs free that it asks for.';
  expect(words({ obstacle })).toMatch(/That one waits: It has no place.*kubectl uncordon n1\.$/);
  expect(words({ obstacle, cause: 'reclaimed' })).toMatch(/Add a node\.$/);
  expect(words({ obstacle, heldUntil: null })).toContain('it may be evicted now');
});
