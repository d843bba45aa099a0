import { expect, it } from 'vitest';
import { eventWords } from './event-words.ts';

const said = (type: string, data: Record<string, unknown> = {}) => eventWords({ type, data }).words;

it('says what changed, by name', () => {
  const changes = [
    { name: 'MODEL', change: 'created' },
    { name: 'OLD', change: 'removed' },
  ];
  expect(said('variables.changed', { changes })).toBe('changed variables: MODEL set, OLD removed');
  expect(said('service.updated', { changed: ['settings'], fields: ['settings.resources.gpu'] })).toBe(
    'changed the service: settings.resources.gpu',
  );
  expect(said('service.updated', { changed: ['name'], fields: [] })).toBe('changed the service: name');
  expect(said('member.changed', { email: 'ana@example.com', role: 'viewer' })).toBe('made ana@example.com viewer here');
  expect(said('branch_rule.created', { branches: Array.from({ length: 8 }, (_, index) => `b${index}`) })).toBe(
    'made the branch rule b0, b1, b2, b3, b4, b5 and 2 more',
  );
});

it('says how people sign in, and what they changed about it', () => {
  expect(eventWords({ type: 'session.began', data: {} })).toEqual({ kind: 'act', words: 'signed in' });
  expect(said('passkey.added', { name: 'Laptop' })).toBe('added the passkey Laptop');
  expect(eventWords({ type: 'passkey.refused', data: { reason: 'counter_went_back' } })).toMatchObject({
    kind: 'fact',
    words: expect.stringContaining('may have been copied'),
  });
});

it('says what came of it, with the reason', () => {
  const build = { commit: '9be1c2d0000', ref: 'refs/heads/main', message: 'RUN x ended with exit code 3.' };
  expect(eventWords({ type: 'build.failed', data: build })).toEqual({
    kind: 'fact',
    words: 'The build of 9be1c2d on main failed: RUN x ended with exit code 3.',
  });
  expect(said('release.live', { number: 3 })).toBe('r3 is live');
  expect(said('replica.exited', { name: 'r5-55f', message: 'With exit code 1.' })).toBe(
    'Replica r5-55f ended: With exit code 1.',
  );
});

it('says what became of replicas on nodes that go', () => {
  const next = { name: 'r5-9k2', node: 'n2' };
  expect(said('replica.leaving', { name: 'r5-55f', node: 'n1', message: 'Node n1 is being drained' })).toBe(
    'Node n1 is being drained: another replica is started in place of r5-55f',
  );
  expect(said('replica.moved', { name: 'r5-55f', node: 'n1', successor: next })).toBe(
    'Replica r5-55f left node n1; r5-9k2 on n2 took over',
  );
  expect(said('replica.lost', { name: 'r5-55f', node: 'n1', successor: null })).toBe(
    'Node n1 was lost with replica r5-55f; no other one is ready yet',
  );
});

it('does not fall over what it does not know, or over data of another shape', () => {
  expect(said('volume.grown_up')).toBe('volume grown up');
  expect(said('constructor')).toBe('constructor');
  expect(said('variables.changed', { changes: 'none' })).toBe('changed variables: ');
  expect(said('service.created', { slug: '\u202egpj' })).toBe('made the service <202E>gpj');
});
