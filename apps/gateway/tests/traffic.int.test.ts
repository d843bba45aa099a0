import { latencyQuantileMs } from '@sconce/core';
import { describe, expect, it } from 'vitest';
import { FakeScheduler } from './fake-scheduler.ts';
import { aRoute, aTable, startBench } from './gateway-bench.ts';
import { exchangeRaw } from './raw-client.ts';
import { startEcho } from './raw-replica.ts';

const get = (host: string) => `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;

describe('what the gateway counts', () => {
  it('is said for each release, by class and with latencies, again on each link, and no more once it was taken', async () => {
    await using scheduler = await FakeScheduler.start();
    await using echo = await startEcho();
    await using bench = await startBench({ link: scheduler.link });
    const empty = aRoute([], { service: 'svc_01k00000000000000000000002', hosts: ['empty.test'], pathPrefix: null });
    const table = aTable([echo.port], {}, 3);
    await scheduler.until(() => scheduler.of('hello').length === 1, 'hello');
    scheduler.send({ type: 'table', table: { ...table, routes: [...table.routes, empty] } });
    await scheduler.acked(3);
    for (let request = 0; request < 5; request += 1)
      expect(await exchangeRaw(bench.port, get('echo.test'))).toMatch(/^HTTP\/1\.1 200 /);
    expect(await exchangeRaw(bench.port, get('empty.test'))).toMatch(/^HTTP\/1\.1 503 /);

    const items = () => scheduler.of('traffic').flatMap(({ samples }) => samples.flatMap((sample) => sample.items));
    const ended = () => items().reduce((sum, { answers }) => sum + answers.reduce((all, count) => all + count, 0), 0);
    await scheduler.until(() => ended() === 6, 'all requests to be said');
    const good = items().filter(({ replica }) => replica === `replica-${echo.port}`);
    expect(good.reduce((sum, { answers }) => sum + answers[2], 0)).toBe(5);
    expect(good[0]).toMatchObject({ release: 'rel_01k00000000000000000000001', ownErrors: 0 });
    expect(latencyQuantileMs(good[0]?.latency ?? [], 0.5)).toBeGreaterThan(0);
    expect(items().filter(({ replica }) => replica === '')).toMatchObject([
      { service: empty.service, release: '', answers: [0, 0, 0, 0, 0, 1], ownErrors: 1, latency: [] },
    ]);

    const { boot } = scheduler.of('traffic')[0] ?? {};
    const sequences = (from: number) =>
      scheduler
        .of('traffic')
        .slice(from)
        .flatMap(({ samples }) => samples.map(({ sequence }) => sequence));
    const [said, before] = [sequences(0), scheduler.of('traffic').length];
    scheduler.cut();
    await scheduler.until(() => sequences(before).length === said.length, 'it to be said again');
    expect(sequences(before)).toEqual(said);
    expect(scheduler.of('traffic').every((message) => message.boot === boot)).toBe(true);

    const after = scheduler.of('traffic').length;
    scheduler.send({ type: 'traffic_taken', boot: boot ?? '', sequence: Math.max(...said) });
    scheduler.send({ type: 'ping' });
    await scheduler.until(() => scheduler.of('pong').length === 1, 'it to be heard');
    scheduler.cut();
    await scheduler.until(() => scheduler.of('hello').length === 3, 'a third link');
    scheduler.send({ type: 'ping' });
    await scheduler.until(() => scheduler.of('pong').length === 2, 'what comes first on a link');
    expect(sequences(after)).toEqual([]);
  });

  it('is nobody’s from another machine without the token of the link', async () => {
    await using bench = await startBench();
    const read = (headers: Record<string, string> = {}) =>
      fetch(`http://127.0.0.1:${bench.gateway.adminPort}/metrics`, { headers });
    const answer = await read();
    const text = await answer.text();
    expect(answer.headers.get('content-type')).toContain('application/openmetrics-text');
    expect(text).toMatch(
      /# TYPE process_cpu_seconds counter\n# UNIT process_cpu_seconds seconds\n# HELP .+\nprocess_cpu_seconds_total [\d.]+\n/,
    );
    expect(text).toContain('# UNIT sconce_gateway_first_byte_seconds seconds\n');
    expect((await read({ 'x-forwarded-for': '10.1.2.3' })).status).toBe(401);
    expect(
      (
        await fetch(`http://127.0.0.1:${bench.gateway.adminPort}/healthz`, {
          headers: { 'x-forwarded-for': '10.1.2.3' },
        })
      ).status,
    ).toBe(200);
  });
});
