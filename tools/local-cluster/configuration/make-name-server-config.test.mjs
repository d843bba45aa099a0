import { describe, expect, it } from 'vitest';
import { makeNameServerConfig, makeNameServerObjects } from './make-name-server-config.mjs';

describe('makeNameServerConfig', () => {
  const server = { address: '10.216.1.1', kubeconfig: '/k' };

  it('asks the machine for names that are not of the cluster', () => {
    expect(makeNameServerConfig({ ...server, upstream: '/etc/resolv.conf' })).toContain(
      '\n  forward . /etc/resolv.conf\n',
    );
  });

  it('asks nobody where the machine has nobody to ask', () => {
    expect(makeNameServerConfig({ ...server, upstream: null })).not.toContain('forward');
  });
});

describe('makeNameServerObjects', () => {
  it('leads the Service to the process, with ports named alike: they are matched by name', () => {
    const objects = makeNameServerObjects({ serviceAddress: '10.216.2.10', address: '10.216.1.1' }).map(
      ({ object }) => object,
    );
    const service = objects.find(({ kind }) => kind === 'Service');
    const slice = objects.find(({ kind }) => kind === 'EndpointSlice');
    expect(service.spec).toMatchObject({ clusterIP: '10.216.2.10' });
    expect(service.spec).not.toHaveProperty('selector');
    expect(slice.metadata.labels['kubernetes.io/service-name']).toBe(service.metadata.name);
    expect(slice.endpoints[0].addresses).toEqual(['10.216.1.1']);
    expect(slice.ports.map(({ name, protocol }) => [name, protocol])).toEqual(
      service.spec.ports.map(({ name, protocol }) => [name, protocol]),
    );
  });
});
