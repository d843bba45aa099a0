import { expect, it } from 'vitest';
import { parseChallenge } from './parse-challenge.ts';
import { toRegistryAddress } from './registry-address.ts';

const realm = 'https://auth.example/token';

it.each([
  [null, null],
  ['', null],
  ['Negotiate', null],
  ['Basic realm="x"', { scheme: 'basic' }],
  ['basic', { scheme: 'basic' }],
  [
    `Bearer realm="${realm}",service="registry.example",scope="repository:a/b:pull,push"`,
    { scheme: 'bearer', realm, service: 'registry.example', scope: 'repository:a/b:pull,push' },
  ],
  [`bearer Realm = "${realm}"`, { scheme: 'bearer', realm, service: null, scope: null }],
  [`Basic realm="x", Bearer realm="${realm}",service=s`, { scheme: 'bearer', realm, service: 's', scope: null }],
  ['Bearer realm="no address", Basic realm="x"', { scheme: 'basic' }],
  ['Bearer realm=""', null],
])('reads the challenge %j', (header, expected) => {
  expect(parseChallenge(header)).toEqual(expected);
});

it.each([
  ['registry.example:5000', { origin: 'https://registry.example:5000', name: 'sconce-x' }],
  ['registry.example/team/a', { origin: 'https://registry.example', name: 'team/a/sconce-x' }],
  ['docker.io/team', { origin: 'https://registry-1.docker.io', name: 'team/sconce-x' }],
  ['127.0.0.1:7690', { origin: 'http://127.0.0.1:7690', name: 'sconce-x' }],
  ['localhost:5000/a', { origin: 'http://localhost:5000', name: 'a/sconce-x' }],
  ['localhost.example', { origin: 'https://localhost.example', name: 'sconce-x' }],
  ['127.0.0.1.example:1', { origin: 'https://127.0.0.1.example:1', name: 'sconce-x' }],
])('finds the registry %s', (registry, expected) => {
  expect(toRegistryAddress(registry, 'sconce-x')).toEqual(expected);
});
