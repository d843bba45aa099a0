import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'sconce-credential-'));
const upFile = join(folder, 'up.json');
writeFileSync(upFile, JSON.stringify({ gitUrl: 'http://127.0.0.1:7400/git', token: 'sconce_personal_x' }));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function ask(action, input) {
  const script = fileURLToPath(new URL('./git-credential.mjs', import.meta.url));
  return spawnSync(process.execPath, [script, upFile, action], { input, encoding: 'utf8' }).stdout;
}

it('gives the token to this installation', () => {
  expect(ask('get', 'protocol=http\nhost=127.0.0.1:7400\n\n')).toBe('username=sconce\npassword=sconce_personal_x\n');
});

it('gives it to no other host, port or protocol, and stores nothing', () => {
  for (const other of [
    'protocol=http\nhost=127.0.0.1:7401\n',
    'protocol=https\nhost=127.0.0.1:7400\n',
    'protocol=http\nhost=evil.example\n',
    '',
  ]) {
    expect(ask('get', other)).toBe('');
  }
  expect(ask('store', 'protocol=http\nhost=127.0.0.1:7400\n')).toBe('');
});
