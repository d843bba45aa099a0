import { describe, expect, it } from 'vitest';
import { aTable, startBench } from './gateway-bench.ts';
import { exchangeRaw } from './raw-client.ts';
import { startEcho } from './raw-replica.ts';

const bodyOf = (answer: string) => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));

describe('routing', () => {
  it('serves by host, whatever its case and port, and says who answered', async () => {
    await using echo = await startEcho();
    await using bench = await startBench({ table: aTable([echo.port]) });
    const answer = await exchangeRaw(
      bench.port,
      'GET /x/y?z=%2F HTTP/1.1\r\nHost: ECHO.test:7480\r\nX-Request-Id: trace-1\r\nX-Forwarded-For: 9.9.9.9\r\nX_Forwarded_For: 8.8.8.8\r\nForwarded: for=7.7.7.7\r\nX-Sconce-Release: r99\r\nConnection: close, X-Private\r\nX-Private: 1\r\nKeep-Alive: 5\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toMatch(/\r\nx-sconce-release: r12\r\n/);
    expect(answer).toMatch(/\r\nx-request-id: trace-1\r\n/);
    expect(answer).toMatch(/\r\nconnection: close\r\n/);
    expect(bodyOf(answer)).toEqual({
      name: 'echo',
      method: 'GET',
      url: '/x/y?z=%2F',
      headers: {
        host: 'ECHO.test:7480',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
        'x-forwarded-host': 'ECHO.test:7480',
        'x-request-id': 'trace-1',
      },
      body: '',
    });
  });
});
