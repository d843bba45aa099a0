import { describe, expect, it } from 'vitest';
import { chooseExecReplica, type ExecCandidate } from './choose-exec-replica.ts';

const made = (name: string, health: string, second: number, routed = false): ExecCandidate => ({
  id: `id-of-${name}`,
  name,
  health,
  routed,
  createdAt: new Date(second * 1_000),
});
const chosen = (replicas: ExecCandidate[], wanted: string | null = null) => chooseExecReplica(replicas, wanted)?.name;

describe('where a command is run', () => {
  const serving = made('r1-aaa', 'ready', 1, true);
  const next = made('r2-bbb', 'ready', 5);
  const starting = made('r2-ccc', 'starting', 9);
  const ended = made('r2-ddd', 'exited', 10);

  it('is the replica that was named, whatever it does', () => {
    expect(chosen([serving, ended], 'r2-ddd')).toBe('r2-ddd');
    expect(chosen([serving, ended], 'id-of-r1-aaa')).toBe('r1-aaa');
    expect(chosen([serving, ended], 'r1')).toBeUndefined();
  });

  it('is one that serves, and of equals the youngest', () => {
    expect(chosen([ended, starting, next, serving])).toBe('r1-aaa');
    expect(chosen([ended, starting, next])).toBe('r2-bbb');
    expect(chosen([made('r2-eee', 'ready', 6), next])).toBe('r2-eee');
    expect(chosen([ended, starting, made('r2-fff', 'unready', 1)])).toBe('r2-fff');
    expect(chosen([ended, made('r2-ggg', 'stopping', 1)])).toBeUndefined();
    expect(chosen([])).toBeUndefined();
  });
});
