import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { callDocker, parseDockerHost } from './docker-api.mjs';

describe('parseDockerHost', () => {
  it('reads sockets and addresses', () => {
    expect(parseDockerHost('unix:///var/run/docker.sock')).toEqual({ socketPath: '/var/run/docker.sock' });
    expect(parseDockerHost('tcp://10.0.0.2:2375')).toMatchObject({ host: '10.0.0.2', port: 2375 });
    expect(parseDockerHost('tcp://[::1]:99')).toMatchObject({ host: '::1', port: 99 });
    expect(parseDockerHost('tcp://engine')).toMatchObject({ host: 'engine', port: 2375 });
  });

  it('says what to give instead of what it cannot use', () => {
    for (const wrong of ['ssh://user@host', '/var/run/docker.sock', 'npipe:////./pipe/docker_engine', '']) {
      expect(() => parseDockerHost(wrong)).toThrow(/DOCKER_HOST is .* which Sconce cannot use/);
    }
  });
});

describe('callDocker', () => {
  it('gives up on an engine that takes the call and stays silent', async () => {
    const server = createServer(() => {});
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    const address = server.address();
    try {
      const port = typeof address === 'object' ? address?.port : 0;
      await expect(callDocker(`tcp://127.0.0.1:${port}`, 'GET', '/version', { timeoutMs: 50 })).rejects.toThrow(
        'silent for too long',
      );
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
