import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { freePortFrom, isFree, listeningInodes, mustBeFree, portTaken, whoListens } from './ports.mjs';

async function listening() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, close: () => new Promise((resolve) => server.close(resolve)) };
}

describe('listeningInodes', () => {
  it('finds listeners of the port and nothing that merely talks through it', () => {
    const text = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '   0: 0100007F:1CE8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 41 1 0 100 0 0 10 0',
      '   1: 0100007F:1CE8 0100007F:A3C2 01 00000000:00000000 00:00000000 00000000     0        0 42 1 0 20 4 30 10 -1',
      '   2: 0100007F:1CE9 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 43 1 0 100 0 0 10 0',
    ].join('\n');
    expect(listeningInodes(text, 0x1ce8)).toEqual(['41']);
  });
});

describe('a taken port', () => {
  it('is seen, is skipped when looking for a free one, and its owner is named with the variable to set', async () => {
    const server = await listening();
    try {
      expect(await isFree(server.port)).toBe(false);
      expect(await freePortFrom(server.port)).toBeGreaterThan(server.port);
      expect((await whoListens(server.port))?.pid).toBe(process.pid);
      const problem = await mustBeFree(server.port, '127.0.0.1', 'the API', 'SCONCE_API_PORT').catch((error) => error);
      expect(problem.message).toMatch(
        new RegExp(`^Port ${server.port}, for the API, is taken by .* \\(process ${process.pid}\\)\\.$`),
      );
      expect(problem.next[0]).toContain(`SCONCE_API_PORT=${server.port + 100} npm run up`);
    } finally {
      await server.close();
    }
    expect(await isFree(server.port)).toBe(true);
  });

  it('is told in words where its owner cannot be seen', () => {
    expect(portTaken(7400, 'the API', 'SCONCE_API_PORT', null).message).toBe(
      'Port 7400, for the API, is taken by another process (of another user, or gone meanwhile).',
    );
  });
});
