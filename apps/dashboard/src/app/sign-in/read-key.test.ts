import { expect, it } from 'vitest';
import { readKey } from './read-key.ts';

it.each([
  ['  sconce_personal_abc123 ', { kind: 'token', token: 'sconce_personal_abc123' }],
  ['http://127.0.0.1:7400/setup/AbC-1_2', { kind: 'link', path: '/setup/AbC-1_2' }],
  ['/setup/x', { kind: 'link', path: '/setup/x' }],
  // Wherever the link says it leads, only this server is asked.
  ['https://evil.example/setup/x', { kind: 'link', path: '/setup/x' }],
])('%s is understood', (text, key) => expect(readKey(text)).toEqual(key));

it.each([
  '',
  'hello',
  'sconce_deploy_x',
  '/setup/../v1',
  'javascript:alert(1)',
  '/setup/x?y=1',
  '//evil.example/setup',
])('%j is not', (text) => expect(readKey(text).kind).toBe('unknown'));
