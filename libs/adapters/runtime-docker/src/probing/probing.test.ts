import { createServer, type Server, type Socket } from 'node:net';
import { aReplicaTarget, waitUntil } from '@sconce/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { parseStatus, probeOnce } from './probe-once.ts';
import { connectTimeoutMs, decideProbeState, notProbedYet, probePauseMs } from './probe-state.ts';
import { parseProbe } from './replica-prober.ts';

const probe = aReplicaTarget().probe;
const servers: { server: Server; sockets: Set<Socket> }[] = [];
afterEach(() => {
  for (const { server, sockets } of servers.splice(0)) {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
});

async function listening(onConnection: (socket: Socket) => void): Promise<{ port: number; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  servers.push({ server, sockets });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as { port: number }).port, sockets };
}

const once = (port: number, path: string | null, timeoutMs = 60_000) =>
  probeOnce({ host: '127.0.0.1', port, path, timeoutMs, connectTimeoutMs: timeoutMs }, new AbortController().signal);

describe('probeOnce', () => {
  it('takes a connection for an answer where no path is given', async () => {
    const { port } = await listening(() => undefined);
    expect(await once(port, null)).toBeNull();
    expect(await once(1, null)).toBe('nothing listens on port 1');
  });

  it.each([
    ['HTTP/1.1 200 OK\r\n\r\n', null],
    ['HTTP/1.0 399 Odd\r\n\r\n', null],
    ['HTTP/1.1 204\r\n\r\n', null],
    ['HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n', null],
    ['HTTP/1.1 404 Not Found\r\n\r\n', 'GET /healthz answered 404'],
    ['HTTP/1.1 503 Loading\r\n\r\n', 'GET /healthz answered 503'],
    ['SSH-2.0-OpenSSH_9.2\r\n', 'GET /healthz was not answered in HTTP'],
    [`HTTP/1.1 100 Continue\r\n${'x: y\r\n'.repeat(3_000)}`, 'GET /healthz was not answered in HTTP'],
    ['', 'GET /healthz was answered by closing the connection'],
  ])('judges %j', async (answer, expected) => {
    const { port } = await listening((socket) => {
      socket.once('data', (request) => {
        expect(request.toString()).toMatch(/^GET \/healthz HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\n/);
        socket.end(answer);
      });
    });
    expect(await once(port, '/healthz')).toBe(expected);
  });

  it('waits for the answer no longer than it may, and leaves no connection', async () => {
    const { port, sockets } = await listening((socket) => socket.resume());
    expect(await once(port, '/', 200)).toBe('GET / was not answered within 200 ms');
    await waitUntil('the connection to be closed', () => sockets.size === 0);
  });

  it('decides by the status line, and does not wait for an endless body', async () => {
    const { port, sockets } = await listening((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const more = setInterval(() => socket.write('x'.repeat(65_536)), 5);
      socket.on('close', () => clearInterval(more));
    });
    expect(await once(port, '/')).toBeNull();
    await waitUntil('the connection to be closed', () => sockets.size === 0);
  });

  it('ends with its signal', async () => {
    const { port } = await listening((socket) => socket.resume());
    const abort = new AbortController();
    const probing = probeOnce(
      { host: '127.0.0.1', port, path: '/', timeoutMs: 60_000, connectTimeoutMs: 60_000 },
      abort.signal,
    );
    abort.abort();
    expect(await probing).not.toBeNull();
  });
});

describe('parseStatus', () => {
  it('waits while it cannot tell, wherever the answer is cut', () => {
    const answer = 'HTTP/1.1 200 OK\r\n';
    for (let length = 0; length < answer.length - 1; length += 1)
      expect(parseStatus(answer.slice(0, length))).toBeUndefined();
    expect(parseStatus(answer)).toBe(200);
  });
});

describe('decideProbeState', () => {
  const fails = (times: number, from = notProbedYet) =>
    Array.from({ length: times }).reduce((state: typeof from) => decideProbeState(state, 'no', probe), from);
  const isReady = decideProbeState(notProbedYet, null, probe);

  it('is starting until the first answer, however often it fails', () => {
    expect(fails(1_000)).toMatchObject({ verdict: 'starting', message: 'no' });
    expect(decideProbeState(fails(1_000), null, probe)).toEqual({ verdict: 'ready', failures: 0, message: null });
  });

  it('is unready after so many failures in a row, not before', () => {
    expect(fails(probe.failureThreshold - 1, isReady).verdict).toBe('ready');
    expect(fails(probe.failureThreshold, isReady).verdict).toBe('unready');
    const interrupted = decideProbeState(fails(probe.failureThreshold - 1, isReady), null, probe);
    expect(fails(probe.failureThreshold - 1, interrupted).verdict).toBe('ready');
    expect(decideProbeState(fails(50, isReady), null, probe).verdict).toBe('ready');
  });
});

describe('probePauseMs', () => {
  it('is quick at first and about a fiftieth of the start later', () => {
    expect([0, 500, 5_000, 12_500, 60_000, 600_000].map((ms) => probePauseMs(notProbedYet, ms, probe))).toEqual([
      5, 10, 100, 250, 1_000, 1_000,
    ]);
  });

  it('stays within its bounds when clocks are set', () => {
    expect(probePauseMs(notProbedYet, -3_600_000, probe)).toBe(5);
    expect(probePauseMs({ verdict: 'ready', failures: 0, message: null }, 0, probe)).toBe(probe.periodMs);
    expect(connectTimeoutMs(notProbedYet, { ...probe, timeoutMs: 10_000 })).toBe(250);
  });
});

describe('parseProbe', () => {
  it('reads back a probe, and takes defaults for what is odd', () => {
    expect(parseProbe(JSON.stringify(probe))).toEqual(probe);
    for (const text of ['', 'null', '[]', '{"periodMs":"x","timeoutMs":-1,"failureThreshold":0}']) {
      expect(parseProbe(text)).toMatchObject({ path: null, periodMs: 2_000, timeoutMs: 2_000, failureThreshold: 3 });
    }
  });
});
