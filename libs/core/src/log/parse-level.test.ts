import { describe, expect, it } from 'vitest';
import { growth } from '../../../../tests/support/growth.ts';
import { parseLevel } from './parse-level.ts';

describe('parseLevel', () => {
  it.each([
    ['{"level":"error","msg":"x"}', 'error'],
    ['{"severity":"WARNING","message":"x"}', 'warn'],
    ['{"level":30,"msg":"pino"}', 'info'],
    ['{"level":60}', 'error'],
    ['{"level":{"a":1}}', null],
    ['{"level":"constructor"}', null],
    ['{"message":"no level"}', null],
    ['{broken', null],
    ['INFO:     Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)', 'info'],
    ['INFO:     172.18.0.1:51234 - "GET /error HTTP/1.1" 200 OK', 'info'],
    ['ERROR:    Exception in ASGI application', 'error'],
    ['WARNING:root:disk is nearly full', 'warn'],
    ['2026-11-23 20:33:45,123 - app.model - INFO - loaded', 'info'],
    ['2026-11-23 20:33:45,123 ERROR app.model failed', 'error'],
    ['[2026-11-23 20:33:45 +0000] [7] [INFO] Booting worker with pid: 7', 'info'],
    ['[2026-11-23 20:33:45 +0000] [1] [CRITICAL] WORKER TIMEOUT (pid:7)', 'error'],
    ['[error] 7#7: connect() failed', 'error'],
    ['2026/11/23 20:33:45 [warn] 7#7: a client request body is buffered', 'warn'],
    ['time="2026-11-23T20:33:45Z" level=warning msg="x"', 'warn'],
    ['E1123 20:33:45.123456 1 server.cc:1] failed to load', 'error'],
    ['I1123 20:33:45.123456 1 server.cc:1] Started', 'info'],
    ['2026-11-23 20:33:45.123 | DEBUG    | app:main:1 - x', 'debug'],
    ['Traceback (most recent call last):', 'error'],
    ['torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB', 'error'],
    ['RuntimeError: boom', 'error'],
    ['panic: runtime error: index out of range', 'error'],
    ['Error: listen EADDRINUSE', 'error'],
    ['loading the model', null],
    ['there was no error at all', null],
    ['information wants to be free', null],
    ['', null],
    ['   ', null],
  ])('reads %j as %s', (text, level) => {
    expect(parseLevel(text)).toBe(level);
  });

  it.each(['[', '2026-11-23 ', ' ', '{"a":'])('takes time by its length alone for a line of many %j', (piece) => {
    expect(growth((size) => parseLevel(piece.repeat(size / piece.length)), 4_096, 65_536)).toBeLessThan(1.6);
  });
});
