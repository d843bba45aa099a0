import { describe, expect, it } from 'vitest';
import { makeRoutes, type RoutedReplica, type RoutedService } from './make-route-table.ts';

const replica = (id: string, health: string) => ({
  id,
  health,
  host: '10.0.0.1',
  port: 8000,
  createdAt: 0,
  isLeaving: false,
});

function service(over: Partial<RoutedService> = {}): RoutedService {
  return {
    service: 'svc_1',
    projectSlug: 'shop',
    environmentSlug: 'production',
    serviceSlug: 'web',
    serving: {
      release: 'rel_1',
      releaseNumber: 3,
      drainTimeoutMs: 5_000,
      concurrency: 4,
      wanted: 2,
      replicas: [replica('b', 'ready'), replica('a', 'ready')],
    },
    starting: false,
    holdMs: null,
    ...over,
  };
}

describe('makeRoutes', () => {
  it('gives each service a host, a path and its ready replicas', () => {
    expect(makeRoutes([service()])).toEqual([
      {
        service: 'svc_1',
        name: 'shop/production/web',
        hosts: ['web-production-shop.localhost'],
        pathPrefix: '/shop/production/web',
        targets: [
          {
            release: 'rel_1',
            releaseNumber: 3,
            weight: 100,
            replicas: [
              { id: 'a', host: '10.0.0.1', port: 8000 },
              { id: 'b', host: '10.0.0.1', port: 8000 },
            ],
          },
        ],
        requestTimeoutMs: 5_000,
        concurrency: 4,
        holdMs: null,
        unavailable: null,
      },
    ]);
  });

  it('never gives a host twice: who had it first keeps it', () => {
    const first = service({ serviceSlug: 'a-b', environmentSlug: 'c' });
    const second = service({ service: 'svc_2', serviceSlug: 'a', environmentSlug: 'b-c' });
    expect(makeRoutes([first, second]).map((route) => route.hosts)).toEqual([['a-b-c-shop.localhost'], []]);
  });

  it('leaves the host out where it would be no DNS label', () => {
    const long = service({ serviceSlug: 's'.repeat(30), environmentSlug: 'e'.repeat(30) });
    expect(makeRoutes([long])[0]).toMatchObject({ hosts: [], pathPrefix: `/shop/${'e'.repeat(30)}/${'s'.repeat(30)}` });
  });

  it.each([
    ['starting', { serving: null, starting: true }],
    ['not_deployed', { serving: null, starting: false }],
    [
      'no_ready_replica',
      {
        serving: {
          release: 'rel_1',
          releaseNumber: 3,
          drainTimeoutMs: 1,
          concurrency: null,
          wanted: 1,
          replicas: [replica('a', 'starting'), { ...replica('b', 'ready'), host: null }],
        },
      },
    ],
  ] as const)('says why nothing answers: %s', (code, over) => {
    expect(makeRoutes([service(over)])[0]?.unavailable?.code).toBe(code);
  });

  it('leaves out who is on a node that is to go, once as many others are ready as there should be', () => {
    const sentTo = (wanted: number, ...replicas: RoutedReplica[]) => {
      const serving = {
        release: 'rel_1' as const,
        releaseNumber: 3,
        drainTimeoutMs: 1,
        concurrency: null,
        wanted,
        replicas,
      };
      return makeRoutes([service({ serving })])[0]?.targets[0]?.replicas.map(({ id }) => id);
    };
    const leaving = { ...replica('a', 'ready'), isLeaving: true };
    expect(sentTo(1, leaving, replica('b', 'starting'))).toEqual(['a']);
    expect(sentTo(1, leaving, replica('b', 'ready'))).toEqual(['b']);
    expect(sentTo(2, leaving, replica('b', 'ready'))).toEqual(['a', 'b']);
    expect(sentTo(1, leaving, { ...leaving, id: 'b' })).toEqual(['a', 'b']);
  });

  it('leaves out the youngest where more are ready than there should be: they are about to end', () => {
    const replicas = [
      { ...replica('a', 'ready'), createdAt: 2 },
      { ...replica('b', 'ready'), createdAt: 1 },
    ];
    const serving = {
      release: 'rel_1' as const,
      releaseNumber: 3,
      drainTimeoutMs: 1,
      concurrency: null,
      wanted: 1,
      replicas,
    };
    expect(makeRoutes([service({ serving })])[0]?.targets[0]?.replicas.map(({ id }) => id)).toEqual(['b']);
  });

  it('lets requests wait where nobody answers and somebody will, and only there', () => {
    const [waits] = makeRoutes([service({ serving: null, starting: true, holdMs: 90_000 })]);
    expect(waits).toMatchObject({ holdMs: 90_000, unavailable: { code: 'handing_over' } });
    expect(makeRoutes([service({ starting: true, holdMs: 90_000 })])[0]).toMatchObject({
      holdMs: null,
      unavailable: null,
    });
  });
});
