import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnStreaming } from '@sconce/foundation';
import { freePort } from '@sconce/testkit';
import { describe, expect, it } from 'vitest';
import { writeDurably } from '../src/table/disk-table.ts';
import { aTable, startBench } from './gateway-bench.ts';
import { exchangeRaw, RawClient, until } from './raw-client.ts';
import { RawReplica } from './raw-replica.ts';

const get = 'GET / HTTP/1.1\r\nHost: echo.test\r\n\r\n';

describe('stopping', () => {
  it('finishes what runs, says that it is the last answer, and takes nothing new', async () => {
    await using replica = await RawReplica.start();
    await using bench = await startBench({ table: aTable([replica.port]), drainTimeoutMs: 120_000 });
    using idle = await RawClient.open(bench.port);
    using busy = await RawClient.open(bench.port);
    busy.send(get);
    const connection = await replica.until('GET');
    const stopped = bench.gateway.stop();
    expect(await idle.ended()).toBe('');
    idle.socket.end();
    await expect(RawClient.open(bench.port)).rejects.toThrow('ECONNREFUSED');
    connection.socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    expect(await busy.ended()).toMatch(/\r\nconnection: close\r\n\r\nok$/);
    busy.socket.end();
    await stopped;
  });

  it('cuts what does not end in time', async () => {
    await using replica = await RawReplica.start();
    await using bench = await startBench({ table: aTable([replica.port]), drainTimeoutMs: 100 });
    using busy = await RawClient.open(bench.port);
    busy.send(get);
    await replica.until('GET');
    await bench.gateway.stop();
    await until(
      () => busy.isClosed,
      () => 'cut',
    );
  });

  it('as a process: SIGTERM drains and leaves with 0; the next one serves the same table', async () => {
    await using replica = await RawReplica.start();
    const directory = await mkdtemp(join(tmpdir(), 'sconce-gateway-process-'));
    await writeDurably(join(directory, 'table.json'), JSON.stringify(aTable([replica.port])));
    const port = await freePort();
    const run = () => {
      const stop = new AbortController();
      const part = spawnStreaming(
        process.execPath,
        ['-C', 'sconce-source', join(import.meta.dirname, '../src/main.ts')],
        {
          env: { SCONCE_GATEWAY_DIR: directory, SCONCE_GATEWAY_PORT: String(port), SCONCE_GATEWAY_ADMIN_PORT: '0' },
          timeoutMs: 300_000,
          killGraceMs: 60_000,
          signal: stop.signal,
        },
      );
      let output = '';
      part.stdout.on('data', (bytes) => {
        output += String(bytes);
      });
      const ended = part.ended.catch(() => {});
      return {
        stop,
        ended,
        serving: () =>
          until(
            () => output.includes('is serving'),
            () => `start: ${output}`,
          ),
      };
    };
    const first = run();
    await first.serving();
    using busy = await RawClient.open(port);
    busy.send(get);
    const connection = await replica.until('GET');
    first.stop.abort(new Error('stop'));
    connection.socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    expect(await busy.ended()).toMatch(/^HTTP\/1\.1 200 [\s\S]*ok$/);
    busy.socket.end();
    await first.ended;

    const second = run();
    await second.serving();
    const answer = exchangeRaw(port, get.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    (await replica.until('GET', 1)).socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
    second.stop.abort(new Error('stop'));
    await second.ended;
    await rm(directory, { recursive: true, force: true });
  });
});
