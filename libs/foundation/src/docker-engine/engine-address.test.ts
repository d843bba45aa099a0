import { describe, expect, it } from 'vitest';
import { parseEngineAddress } from './engine-address.ts';

describe('parseEngineAddress', () => {
  it.each([
    [null, { socketPath: '/var/run/docker.sock' }],
    ['', { socketPath: '/var/run/docker.sock' }],
    ['unix:///run/user/1000/docker.sock', { socketPath: '/run/user/1000/docker.sock' }],
    ['tcp://10.0.0.5:2375', { host: '10.0.0.5', port: 2375, protocol: 'http' }],
    ['tcp://engine', { host: 'engine', port: 2375, protocol: 'http' }],
    ['tcp://[::1]:99', { host: '::1', port: 99, protocol: 'http' }],
    ['https://engine:2376', { host: 'engine', port: 2376, protocol: 'https' }],
  ])('reads %s', (text, address) => {
    expect(parseEngineAddress(text)).toEqual(address);
  });

  it.each(['/run/docker.sock', 'ssh://user@host', 'npipe:////./pipe/docker', 'tcp://'])('refuses %s', (text) => {
    expect(() => parseEngineAddress(text)).toThrow(/DOCKER_HOST/);
  });
});
