import { describe, expect, it } from 'vitest';
import { matches, type StreamFilter } from './stream-filter.ts';

const event = (type: string, projectId: string | null, changes: object = {}) => ({
  type,
  projectId,
  environmentId: null,
  serviceId: null,
  subjectId: 'x',
  actor: 'usr_1',
  ...changes,
});
const mine: StreamFilter = { projectIds: ['prj_a'], ownOf: 'usr_1' };
const everything: StreamFilter = { projectIds: null };

describe('a stream', () => {
  it('tells events of the projects it is of, and of no project those that its person caused', () => {
    expect(matches(event('build.failed', 'prj_a'), mine)).toBe(true);
    expect(matches(event('build.failed', 'prj_b'), mine)).toBe(false);
    expect(matches(event('session.ended', null), mine)).toBe(true);
    expect(matches(event('session.ended', null, { actor: 'usr_2' }), mine)).toBe(false);
    expect(matches(event('session.ended', null, { actor: null }), { projectIds: [], ownOf: null })).toBe(false);
    expect(matches(event('build.failed', 'prj_b'), everything)).toBe(true);
  });

  it('tells rows of the audit log only where it was asked for them and they may be read, also those of one’s own doing', () => {
    const row = (projectId: string | null) => event('audit.recorded', projectId);
    for (const filter of [mine, everything])
      expect(['prj_a', 'prj_b', null].map((id) => matches(row(id), filter))).toEqual([false, false, false]);
    const ofA: StreamFilter = { ...mine, environmentId: null, audits: (id) => id === 'prj_a' };
    expect(['prj_a', 'prj_b', null].map((id) => matches(row(id), ofA))).toEqual([true, false, false]);
    expect(matches(row('prj_a'), { ...ofA, type: 'audit' })).toBe(true);
    expect(matches(row('prj_a'), { ...ofA, type: 'build' })).toBe(false);
    expect(matches(row('prj_a'), { ...ofA, actor: 'usr_2' })).toBe(false);
  });

  it('tells what moved in clusters where it is of everything and narrowed by nothing', () => {
    for (const type of ['cluster.changed', 'cluster.measured']) {
      expect(matches(event(type, null, { actor: null }), { ...mine, clusters: true })).toBe(true);
      expect(matches(event(type, null, { actor: null }), { ...mine, clusters: true, type: 'build' })).toBe(false);
      expect(matches(event(type, null, { actor: null }), mine)).toBe(false);
    }
  });
});
