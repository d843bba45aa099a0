import { expect, it } from 'vitest';
import { passkeyPlaceOf, toDashboardUrl } from './passkey-place.ts';

it.each([
  ['http://127.0.0.1:7400', 'http://localhost:7400'],
  ['http://[::1]:7400', 'http://localhost:7400'],
  ['http://127.0.0.1', 'http://localhost'],
  ['http://127.0.0.12:7400', 'http://127.0.0.12:7400'],
  ['http://10.0.0.5:7400', 'http://10.0.0.5:7400'],
  ['https://sconce.example/base', 'https://sconce.example/base'],
])('pages of an API at %s are opened at %s', (api, pages) => expect(toDashboardUrl(api)).toBe(pages));

it.each([
  ['http://localhost:7400', { origin: 'http://localhost:7400', rpId: 'localhost' }],
  ['https://sconce.example:8443/base', { origin: 'https://sconce.example:8443', rpId: 'sconce.example' }],
  ['http://sconce.example', null],
  ['http://10.0.0.5:7400', null],
  ['https://10.0.0.5', null],
  ['https://[2001:db8::1]', null],
])('passkeys at %s: %j', (url, place) => expect(passkeyPlaceOf(url)).toEqual(place));
