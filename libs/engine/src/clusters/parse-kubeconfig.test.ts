import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { Rejection } from '../rejection.ts';
import { parseKubeconfig } from './parse-kubeconfig.ts';

const pem = Buffer.from('-----BEGIN CERTIFICATE-----\n').toString('base64');

interface Parts {
  readonly cluster?: object;
  readonly user?: object;
  readonly config?: object;
}

const kubeconfig = ({ cluster, user, config }: Parts = {}) =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'other', cluster: { server: 'http://other' } },
      { name: 'lab', cluster: { server: 'https://lab.example:6443/', 'certificate-authority-data': pem, ...cluster } },
    ],
    users: [{ name: 'ana', user: user ?? { token: 'abc' } }],
    contexts: [
      { name: 'lab', context: { cluster: 'lab', user: 'ana' } },
      { name: 'plain', context: { cluster: 'other', user: 'ana' } },
    ],
    'current-context': 'lab',
    ...config,
  });

function refusal(text: string, context: string | null = null): string[] {
  try {
    parseKubeconfig(text, context);
  } catch (error) {
    if (error instanceof Rejection && error.code === 'invalid') return error.errors.map(({ path }) => path);
    throw error;
  }
  return ['it was taken'];
}

describe('a kubeconfig', () => {
  it('is reduced to what reaches the cluster of its current context', () => {
    expect(parseKubeconfig(kubeconfig({ config: { preferences: { colours: true } } }), null)).toEqual({
      server: 'https://lab.example:6443',
      certificateAuthority: pem,
      tlsServerName: null,
      token: 'abc',
      clientCertificate: null,
      clientKey: null,
    });
  });

  it('may be JSON, and hold a client certificate', () => {
    const text = JSON.stringify({
      clusters: [{ name: 'a', cluster: { server: 'https://a:1' } }],
      users: [{ name: 'b', user: { 'client-certificate-data': pem, 'client-key-data': pem } }],
      contexts: [{ name: 'c', context: { cluster: 'a', user: 'b' } }],
    });
    expect(parseKubeconfig(text, 'c')).toMatchObject({ clientCertificate: pem, clientKey: pem, token: null });
  });

  it.each<[string, Parts, string]>([
    ['a program', { user: { exec: { command: 'aws' } } }, 'kubeconfig.users[ana].user.exec'],
    ['a plugin', { user: { 'auth-provider': { name: 'gcp' } } }, 'kubeconfig.users[ana].user.auth-provider'],
    ['a file of a token', { user: { tokenFile: '/etc/shadow' } }, 'kubeconfig.users[ana].user.tokenFile'],
    [
      'a file of a certificate',
      { user: { token: 'a', 'client-certificate': '/x' } },
      'kubeconfig.users[ana].user.client-certificate',
    ],
    ['a file of a key', { user: { token: 'a', 'client-key': '/x' } }, 'kubeconfig.users[ana].user.client-key'],
    [
      'a file of an authority',
      { cluster: { 'certificate-authority': '/x' } },
      'kubeconfig.clusters[lab].cluster.certificate-authority',
    ],
    ['a proxy', { cluster: { 'proxy-url': 'http://x' } }, 'kubeconfig.clusters[lab].cluster.proxy-url'],
    [
      'no check of who answers',
      { cluster: { 'insecure-skip-tls-verify': true } },
      'kubeconfig.clusters[lab].cluster.insecure-skip-tls-verify',
    ],
    ['somebody else to be', { user: { token: 'a', as: 'root' } }, 'kubeconfig.users[ana].user.as'],
    ['no https', { cluster: { server: 'http://lab:6443' } }, 'kubeconfig.clusters[lab].cluster.server'],
    [
      'a password in its address',
      { cluster: { server: 'https://a:b@lab' } },
      'kubeconfig.clusters[lab].cluster.server',
    ],
    [
      'a certificate that is none',
      { cluster: { 'certificate-authority-data': 'AAAA' } },
      'kubeconfig.clusters[lab].cluster.certificate-authority-data',
    ],
    ['no credentials', { user: {} }, 'kubeconfig.users[ana].user'],
    ['a certificate without its key', { user: { 'client-certificate-data': pem } }, 'kubeconfig.users[ana].user'],
    ['a token that would end the header', { user: { token: 'a b' } }, 'kubeconfig.users[ana].user.token'],
    ['no current context', { config: { 'current-context': '' } }, 'kubeconfig.current-context'],
    ['an unknown context', { config: { 'current-context': 'gone' } }, 'kubeconfig.contexts'],
    ['no clusters', { config: { clusters: null } }, 'kubeconfig.clusters'],
    ['no users', { config: { users: 'none' } }, 'kubeconfig.users'],
  ])('with %s is refused, and says where', (_what, parts, path) => {
    expect(refusal(kubeconfig(parts))).toEqual([path]);
  });

  it('names everything that is wrong at once', () => {
    const text = kubeconfig({ cluster: { server: 'lab' }, user: { exec: {}, 'client-key': 'x' } });
    expect(refusal(text)).toEqual([
      'kubeconfig.users[ana].user.exec',
      'kubeconfig.users[ana].user.client-key',
      'kubeconfig.clusters[lab].cluster.server',
    ]);
  });

  it('is looked at in the context that is named', () => {
    expect(refusal(kubeconfig(), 'plain')).toEqual(['kubeconfig.clusters[other].cluster.server']);
  });

  it.each(['', '- a', '{', 'text', 'kind: Pod', 'a: &a [1]\nb: [*a, *a]'])('that is none is refused: %j', (text) => {
    expect(refusal(text).length).toBe(1);
  });
});
