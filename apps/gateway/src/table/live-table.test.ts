import type { Route, RouteReplica } from '@sconce/core';
import { describe, expect, it } from 'vitest';
import { LiveTable } from './live-table.ts';
import type { Waiter } from './route-state.ts';

const route = (replicas: readonly RouteReplica[], more: Partial<Route> = {}): Route => ({
  service: 'svc_a',
  name: 'p/e/a',
  hosts: ['a.test'],
  pathPrefix: '/p/e/a',
  targets: [{ release: 'rel_a', releaseNumber: 3, weight: 1, replicas }],
  requestTimeoutMs: 1_000,
  concurrency: null,
  unavailable: null,
  ...more,
});
const replica = (id: string, port = 1): RouteReplica => ({ id, host: '127.0.0.1', port });

function aTable() {
  const drained: string[] = [];
  const table = new LiveTable(({ id }) => drained.push(id));
  return { table, drained };
}

describe('LiveTable', () => {
  it('keeps the counts of replicas and routes from table to table', () => {
    const { table } = aTable();
    table.swap({ version: 1, routes: [route([replica('x')])] });
    const before = table.replicas.get('x');
    before?.begin();
    const state = table.match('a.test', '/')?.entry.state;
    if (state) state.requests = 7;
    table.swap({ version: 2, routes: [route([replica('x'), replica('y')], { hosts: ['b.test'] })] });
    expect(table.replicas.get('x')).toBe(before);
    expect(before?.inFlight).toBe(1);
    expect(table.match('a.test', '/')).toBeNull();
    expect(table.match('b.test', '/')?.entry.state.requests).toBe(7);
  });

  it('says once that a replica is drained: when it left and nothing runs there', () => {
    const { table, drained } = aTable();
    table.swap({ version: 1, routes: [route([replica('busy'), replica('idle')])] });
    const busy = table.replicas.get('busy');
    busy?.begin();
    busy?.begin();
    table.swap({ version: 2, routes: [] });
    expect(drained).toEqual(['idle']);
    busy?.end();
    expect(drained).toEqual(['idle']);
    busy?.end();
    expect(drained).toEqual(['idle', 'busy']);
    table.swap({ version: 3, routes: [] });
    expect(drained).toEqual(['idle', 'busy']);
    expect(table.replicas.size).toBe(0);
  });

  it('a replica that comes back before it is drained is not reported', () => {
    const { table, drained } = aTable();
    table.swap({ version: 1, routes: [route([replica('x')])] });
    const state = table.replicas.get('x');
    state?.begin();
    table.swap({ version: 2, routes: [] });
    table.swap({ version: 3, routes: [route([replica('x', 2)])] });
    state?.end();
    expect(drained).toEqual([]);
    expect(table.replicas.get('x')).toBe(state);
    expect(state).toMatchObject({ port: 2, isListed: true, release: 'r3' });
  });

  it('lets those in line look again after each swap, also when their route is gone', () => {
    const { table } = aTable();
    table.swap({ version: 1, routes: [route([replica('x')])] });
    const state = table.match('a.test', '/')?.entry.state;
    const looks: (number | null)[] = [];
    const waiter: Waiter = {
      tryAgain: () => {
        looks.push(state?.entry?.targets[0]?.replicas.length ?? null);
        return false;
      },
    };
    state?.queue.add(waiter);
    table.swap({ version: 2, routes: [route([replica('x'), replica('y')])] });
    table.swap({ version: 3, routes: [] });
    expect(looks).toEqual([2, null]);
  });
});
