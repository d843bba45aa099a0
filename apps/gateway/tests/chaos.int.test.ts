import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer as createTcp, type Server } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aRoute, type Bench, startBench } from './gateway-bench.ts';
import { RawClient, until } from './raw-client.ts';

/** A generator with a seed, so that a failure can be run again. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

const seed = Number(process.env.SCONCE_SEED ?? 20_240_229);
const random = randomFrom(seed);
const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;

/** What a request asks its replica to do is its path; a right answer repeats the path. */
function answerFor(path: string): string[] {
  const text = `[${path}]`.repeat(path.includes('big') ? 20_000 : 1);
  const chunk = (piece: string) => `${piece.length.toString(16)}\r\n${piece}\r\n`;
  const half = Math.floor(text.length / 2);
  const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
  const length = `HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n`;
  if (path.startsWith('/chunked')) return [chunked, chunk(text.slice(0, half)), chunk(text.slice(half)), '0\r\n\r\n'];
  if (path.startsWith('/close')) return [`HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${text}`, 'END'];
  if (path.startsWith('/early-reset')) return ['RESET'];
  if (path.startsWith('/late-reset')) return [length, text.slice(0, half), 'RESET'];
  if (path.startsWith('/late-end')) return [chunked, chunk(text), 'END'];
  if (path.startsWith('/garbage')) return ['\0\xff HTTP? \r\n\r\n'];
  if (path.startsWith('/extra')) return [length + text, 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil'];
  if (path.startsWith('/silent')) return [];
  return [length, text];
}

const ways = [
  '/plain',
  '/chunked',
  '/close',
  '/plain-big',
  '/chunked-big',
  '/early-reset',
  '/late-reset',
  '/late-end',
  '/garbage',
  '/extra',
  '/silent',
];

let replicas: Server[];
let bench: Bench;

beforeAll(async () => {
  replicas = await Promise.all([0, 1, 2].map(startReplica));
  const ports = replicas.map((server) => (server.address() as AddressInfo).port);
  const route = aRoute(ports, { concurrency: 4, requestTimeoutMs: 700 });
  bench = await startBench({ table: { version: 1, routes: [route] }, limits: { queuedPerRoute: 20 } });
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  for (const server of replicas) server.close();
});

async function startReplica(): Promise<Server> {
  const server = createTcp({ noDelay: true }, (socket) => {
    let received = '';
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
      const match = /^(?:GET|POST) (\S+) HTTP\/1\.1\r\n[\s\S]*?\r\n\r\n(?:0|[\s\S]*<end>(?:\r\n0\r\n\r\n)?)?/.exec(
        received,
      );
      if (match === null || (received.startsWith('POST') && !match[0].includes('<end>'))) return;
      received = '';
      for (const piece of answerFor(match[1] ?? '')) {
        if (piece === 'RESET') setImmediate(() => socket.resetAndDestroy());
        else if (piece === 'END') socket.end();
        else socket.write(piece, 'latin1');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** One request, perhaps given up on the way. Every whole answer must be the one to this request. */
async function oneRequest(number: number): Promise<'whole' | 'problem' | 'cut' | 'left'> {
  const path = `${pick(ways)}/${number}`;
  using client = await RawClient.open(bench.port);
  const upload = '<start>'.padEnd(Math.floor(random() * 200_000) + 10, 'x');
  const head = `${path} HTTP/1.1\r\nHost: echo.test\r\nConnection: close\r\n`;
  if (random() < 0.5) client.send(`GET ${head}\r\n`);
  else client.send(`POST ${head}Content-Length: ${upload.length + 5}\r\n\r\n${upload}<end>`);
  if (random() < 0.15) {
    await new Promise((resolve) => setTimeout(resolve, random() * 30));
    if (random() < 0.5) client.socket.resetAndDestroy();
    return 'left';
  }
  await until(
    () => client.isClosed || client.isEnded,
    () => `end of ${path}`,
  );
  return judge(client, path);
}

function judge(client: RawClient, path: string): 'whole' | 'problem' | 'cut' {
  const answer = client.received;
  expect(answer).not.toContain('evil');
  if (/^HTTP\/1\.1 (?:500|4\d\d)/.test(answer)) throw new Error(`${path} was answered ${answer.slice(0, 400)}`);
  if (/^HTTP\/1\.1 50[234] /.test(answer)) return 'problem';
  const text = `[${path}]`.repeat(path.includes('big') ? 20_000 : 1);
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4);
  const isChunked = /\r\ntransfer-encoding: chunked\r\n/i.test(answer);
  const whole = isChunked
    ? body.endsWith('0\r\n\r\n')
    : Number(/content-length: (\d+)/.exec(answer)?.[1]) === body.length;
  if (!whole) {
    expect(client.error?.code ?? 'nothing').toBe('ECONNRESET');
    return 'cut';
  }
  expect(path).not.toMatch(/^\/(?:late|early|garbage|silent)/);
  expect((isChunked ? body.replace(/(?:^|\r\n)[0-9a-f]+\r\n/g, '').replace(/\r\n$/, '') : body) === text).toBe(true);
  return 'whole';
}

it(`a thousand requests among dying replicas and leaving clients (seed ${seed})`, async () => {
  const outcomes = { whole: 0, problem: 0, cut: 0, left: 0 };
  let number = 0;
  const work = async () => {
    while (number < 1_000) {
      number += 1;
      outcomes[await oneRequest(number)] += 1;
    }
  };
  await Promise.all(Array.from({ length: 24 }, work));
  for (const count of Object.values(outcomes)) expect(count).toBeGreaterThan(10);
  await settled();
}, 120_000);

/** Nothing is left running, waiting or counted. */
async function settled(): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const text = await (await fetch(`http://127.0.0.1:${bench.gateway.adminPort}/metrics`)).text();
    const left = [...text.matchAll(/^sconce_gateway_(?:in_flight|queued|connections)\S* (\d+)$/gm)].map((match) =>
      Number(match[1]),
    );
    expect(left).toHaveLength(5);
    if (left.every((value) => value === 0)) return;
    if (performance.now() > deadline) throw new Error(text);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
