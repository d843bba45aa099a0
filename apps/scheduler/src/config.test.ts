import { ConfigInvalid } from '@sconce/foundation';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './config.ts';

const least = { DATABASE_URL: 'postgres://localhost/sconce', SCONCE_LINK_TOKEN: 'x'.repeat(16) };
const onKubernetes = {
  ...least,
  SCONCE_KUBECONFIG: '/etc/sconce/kubeconfig',
  SCONCE_REGISTRY: 'registry.example:5000/team',
};

describe('the scheduler’s settings', () => {
  it('leave replicas in the container engine, unless a Kubernetes is named', () => {
    expect(loadConfig(least).kubernetes).toBeNull();
    expect(loadConfig(onKubernetes).kubernetes).toEqual({
      kubeConfigFile: '/etc/sconce/kubeconfig',
      registry: 'registry.example:5000/team',
      registryForPods: 'registry.example:5000/team',
      buildsThere: false,
      credentials: null,
      podSecurity: 'restricted',
      gatewayCidrs: [],
      gatewayNamespace: null,
    });
    const all = {
      SCONCE_REGISTRY_USERNAME: 'ada',
      SCONCE_REGISTRY_PASSWORD: 'secret',
      SCONCE_POD_SECURITY: 'baseline',
      SCONCE_GATEWAY_CIDRS: '10.0.0.5/32, fd00::/64',
    };
    expect(loadConfig({ ...onKubernetes, ...all }).kubernetes).toMatchObject({
      credentials: { username: 'ada', password: 'secret' },
      podSecurity: 'baseline',
      gatewayCidrs: ['10.0.0.5/32', 'fd00::/64'],
      gatewayNamespace: null,
    });
  });

  it.each<[string, Record<string, string | undefined>, RegExp]>([
    ['no registry', { SCONCE_REGISTRY: undefined }, /SCONCE_REGISTRY/],
    ['a registry with a scheme', { SCONCE_REGISTRY: 'https://registry.example' }, /SCONCE_REGISTRY: must be a host/],
    ['half of its credentials', { SCONCE_REGISTRY_USERNAME: 'ada' }, /set both, or neither/],
    ['builds on no cluster', { SCONCE_BUILDER: 'kubernetes', SCONCE_KUBECONFIG: undefined }, /SCONCE_KUBECONFIG/],
    ['another pod security', { SCONCE_POD_SECURITY: 'none' }, /SCONCE_POD_SECURITY/],
    ['an address without its length', { SCONCE_GATEWAY_CIDRS: '10.0.0.5' }, /SCONCE_GATEWAY_CIDRS: must be addresses/],
  ])('are refused with %s, by name', (_, change, words) => {
    const load = () => loadConfig({ ...onKubernetes, ...change });
    expect(load).toThrow(ConfigInvalid);
    expect(load).toThrow(words);
  });
});
