import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const lowest = 10_000;

/**
 * A loopback port that nothing listened on a moment ago, for servers that have to be told theirs or come back to it. Below those that the kernel gives
 * to connections: such a one could be taken for one before the server is there, or a client that tries again could connect to itself.
 */
export async function freePort(): Promise<number> {
  const above = firstOfKernel() - lowest;
  for (;;) {
    const port = lowest + Math.floor(Math.random() * above);
    if (await isFree(port)) return port;
  }
}

/** The first port that the kernel gives away by itself. */
function firstOfKernel(): number {
  try {
    const first = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s/)[0]);
    return first > lowest + 1_000 ? first : 32_768;
  } catch {
    return 32_768;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
