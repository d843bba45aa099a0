import { afterEach, describe, expect, it, vi } from 'vitest';
import { controlEnvironment, gatewayEnvironment, givenPort, urlsOf } from './installation.mjs';

const installation = {
  id: 'ins-1',
  linkToken: 'link-token',
  apiHost: '127.0.0.1',
  gatewayHost: '0.0.0.0',
  dockerHost: null,
  ports: { api: 7400, gateway: 7480, gatewayAdmin: 7481, link: 7401 },
};

afterEach(() => vi.unstubAllEnvs());

describe('givenPort', () => {
  it('takes a port, nothing for nothing, and refuses the rest by name', () => {
    expect(givenPort('P', { P: '7500' })).toBe(7500);
    expect(givenPort('P', {})).toBeNull();
    expect(givenPort('P', { P: '' })).toBeNull();
    for (const wrong of ['0', '65536', '80.5', 'http', '-1', '7400 ']) {
      if (Number(wrong) === 7400) continue;
      expect(() => givenPort('P', { P: wrong })).toThrow(/^P is "/);
    }
  });
});

describe('urlsOf', () => {
  it('names an address that can be opened, also for a server on all addresses', () => {
    expect(urlsOf(installation)).toEqual({
      apiUrl: 'http://127.0.0.1:7400',
      gatewayUrl: 'http://127.0.0.1:7480',
      dashboardUrl: 'http://localhost:7400',
      gitUrl: 'http://127.0.0.1:7400/git',
    });
    expect(urlsOf({ ...installation, apiHost: '::1' }).apiUrl).toBe('http://[::1]:7400');
  });

  it('follows the public addresses that are given', () => {
    vi.stubEnv('SCONCE_PUBLIC_URL', 'https://sconce.example');
    expect(urlsOf(installation)).toMatchObject({
      gitUrl: 'https://sconce.example/git',
      dashboardUrl: 'https://sconce.example',
    });
    vi.stubEnv('SCONCE_DASHBOARD_URL', 'https://ops.example');
    expect(urlsOf(installation).dashboardUrl).toBe('https://ops.example');
  });
});

describe('the environments', () => {
  it('give database, queue, engine and keys to the control plane alone', () => {
    vi.stubEnv('DATABASE_URL', 'postgresql://a:secret@h/d');
    vi.stubEnv('SCONCE_GITHUB_WEBHOOK_SECRETS', 'hook-secret');
    vi.stubEnv('SCONCE_KEYS', 'keys-secret');
    const parts = {
      databaseUrl: 'postgresql://a:secret@h/d',
      redisUrl: 'redis://:secret@h',
      dockerHost: 'unix:///var/run/docker.sock',
    };
    vi.stubEnv('SCONCE_REGISTRY_PASSWORD', 'registry-secret');
    vi.stubEnv('SCONCE_KUBECONFIG', '/etc/kubeconfig');
    const gateway = JSON.stringify(gatewayEnvironment(installation));
    for (const secret of ['secret@', 'hook-secret', 'keys-secret', 'docker.sock', 'registry-secret', 'kubeconfig'])
      expect(gateway).not.toContain(secret);
    expect(gatewayEnvironment(installation)).toMatchObject({
      SCONCE_LINK_TOKEN: 'link-token',
      SCONCE_GATEWAY_PORT: '7480',
    });
    expect(controlEnvironment(installation, parts)).toMatchObject({
      DATABASE_URL: parts.databaseUrl,
      REDIS_URL: parts.redisUrl,
      SCONCE_GITHUB_WEBHOOK_SECRETS: 'hook-secret',
      SCONCE_INSTALLATION: 'ins-1',
      SCONCE_REGISTRY_PASSWORD: 'registry-secret',
    });
  });

  it('hand on what programs need anywhere, and nothing else of the caller', () => {
    vi.stubEnv('HTTPS_PROXY', 'http://proxy:3128');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'not ours');
    vi.stubEnv('SCONCE_TOKEN', 'of the command line');
    const gateway = gatewayEnvironment(installation);
    expect(gateway).toMatchObject({ HTTPS_PROXY: 'http://proxy:3128' });
    expect(gateway).not.toHaveProperty('AWS_SECRET_ACCESS_KEY');
    expect(gateway).not.toHaveProperty('SCONCE_TOKEN');
  });
});
