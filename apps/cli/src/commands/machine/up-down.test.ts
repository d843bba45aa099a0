import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exitCodes } from '../../exit-code.ts';
import { runCli } from '../../program.ts';
import { createTerminal } from '../../terminal/terminal.ts';

let checkout: string;
beforeEach(() => {
  checkout = `${mkdtempSync(join(tmpdir(), 'sconce-checkout-'))}/`;
  mkdirSync(`${checkout}tools/bootstrap`, { recursive: true });
  // How it was called is told by the exit code.
  const script = (flag: string) =>
    `process.exit(process.argv.slice(2).join() === '${flag}' ? 21 : process.argv.length)`;
  writeFileSync(`${checkout}tools/bootstrap/up.mjs`, script('--no-example'));
  writeFileSync(`${checkout}tools/bootstrap/down.mjs`, script('--data'));
});
afterEach(() => rmSync(checkout, { recursive: true }));

async function sconce(args: readonly string[], at: string | null = checkout): Promise<{ code: number; said: string }> {
  let said = '';
  const into = {
    write: (text: string) => {
      said += text;
    },
  };
  const code = await runCli(args, {
    version: '1.2.3',
    environment: { PATH: process.env.PATH },
    directory: '/',
    home: '/nonexistent',
    checkout: at,
    terminal: createTerminal(into, into, {}),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: new AbortController().signal,
  });
  return { code, said };
}

it('hands on what it was told, and ends as the script does', async () => {
  const plain = 2;
  expect((await sconce(['up'])).code).toBe(plain);
  expect((await sconce(['down'])).code).toBe(plain);
  expect((await sconce(['up', '--no-example'])).code).toBe(21);
  expect((await sconce(['down', '--data'])).code).toBe(21);
});

it('starts nothing where something else was meant', async () => {
  expect(await sconce(['up', '--help'])).toMatchObject({
    code: exitCodes.done,
    said: expect.stringContaining('Usage:'),
  });
  for (const args of [
    ['up', '--data'],
    ['down', '--quiet'],
    ['up', 'now'],
  ])
    expect(await sconce(args)).toMatchObject({ code: exitCodes.usage, said: expect.stringContaining('(usage)') });
  expect(await sconce(['up'], null)).toMatchObject({
    code: exitCodes.usage,
    said: expect.stringContaining('in a checkout of Sconce only'),
  });
});
