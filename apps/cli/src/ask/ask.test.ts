import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Context } from '../context.ts';
import { CliFailure, exitCodes } from '../exit-code.ts';
import { createTerminal } from '../terminal/terminal.ts';
import { askLine, askYesNo, canAsk } from './ask-line.ts';
import { confirm, confirmByName } from './confirm.ts';
import { pick } from './pick.ts';

let stdin: PassThrough & { isTTY?: boolean };
let shown: string;
let interrupted: AbortController;

beforeEach(() => {
  stdin = Object.assign(new PassThrough(), { isTTY: true });
  shown = '';
  interrupted = new AbortController();
});

/** Somebody at a terminal, or, with `isTTY` false, a script. */
function context(isTTY = true): Context {
  const output = {
    isTTY,
    write: (text: string) => {
      shown += text;
    },
  };
  return {
    version: '0.0.0',
    environment: {},
    directory: '/',
    home: '/',
    checkout: null,
    terminal: createTerminal(output, output, { NO_COLOR: '1' }),
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: interrupted.signal,
  };
}

describe('questions', () => {
  it('take a line, what is given instead of one, and what was typed ahead', async () => {
    stdin.write('one\n\nthree\n');
    expect(await askLine(context(), 'First')).toBe('one');
    expect(await askLine(context(), 'Second', 'two')).toBe('two');
    expect(await askLine(context(), 'Third')).toBe('three');
    expect(shown).toBe('First: Second [two]: Third: ');
  });

  it('are asked again until the answer is a yes or a no', async () => {
    stdin.write('maybe\nYES\n');
    expect(await askYesNo(context(), 'Really?', 'n')).toBe(true);
    stdin.write('\n');
    expect(await askYesNo(context(), 'Really?', 'n')).toBe(false);
  });

  it('end with Ctrl-C and with the end of the input', async () => {
    const first = askLine(context(), 'First');
    interrupted.abort();
    await expect(first).rejects.toMatchObject({ code: 'interrupted', exitCode: exitCodes.interrupted });
    interrupted = new AbortController();
    const second = askLine(context(), 'Second');
    stdin.end();
    await expect(second).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('are asked where somebody is there, at both ends', () => {
    expect([canAsk(context()), canAsk(context(false))]).toEqual([true, false]);
    stdin.isTTY = false;
    expect(canAsk(context())).toBe(false);
  });
});

describe('confirming', () => {
  const what = { verb: 'delete', name: 'vision/web', lost: ['Volume \x1b[2Jcache'] };

  it('wants the very name, after saying what is lost', async () => {
    stdin.write('web\n');
    await expect(confirmByName(context(), {}, what)).rejects.toMatchObject({
      code: 'not_confirmed',
      exitCode: exitCodes.failed,
    });
    stdin.write('vision/web\n');
    await expect(confirmByName(context(), {}, what)).resolves.toBeUndefined();
    expect(shown).toContain('Volume cache\n');
  });

  it('is done beforehand with --yes, and impossible where nobody is there', async () => {
    await expect(confirmByName(context(false), { yes: true }, what)).resolves.toBeUndefined();
    await expect(confirmByName(context(false), {}, what)).rejects.toMatchObject({
      code: 'confirmation_needed',
      exitCode: exitCodes.usage,
      lines: what.lost,
    });
    await expect(confirm(context(false), {}, 'Revoke it?')).rejects.toMatchObject({ code: 'confirmation_needed' });
    expect(shown).toBe('');
  });
});

describe('picking', () => {
  const failure = () => new CliFailure('Several', { code: 'ambiguous' });
  const choose = (names: readonly string[], isTTY = true) =>
    pick(context(isTTY), 'Which?', names, (name) => name, failure);

  it('takes a number or a name, and nothing else', async () => {
    stdin.write('0\n3\nnone\n2\n');
    expect(await choose(['a', 'b'])).toBe('b');
    stdin.write('a\n');
    expect(await choose(['a', 'b'])).toBe('a');
  });

  it('fails with the list where nobody is there, and where there are too many to show', async () => {
    await expect(choose(['a', 'b'], false)).rejects.toMatchObject({ code: 'ambiguous' });
    await expect(choose(Array.from({ length: 31 }, (_, index) => `s${index}`))).rejects.toMatchObject({
      code: 'ambiguous',
    });
    await expect(choose([])).rejects.toMatchObject({ code: 'ambiguous' });
  });
});
