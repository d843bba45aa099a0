import { describe, expect, it } from 'vitest';
import { makeEndCommand, makeExecCommand, parseExecSession } from './exec-command.ts';

describe('a command in a replica', () => {
  it('is handed over as it is, whatever it holds', () => {
    const command = ['sh', '-c', 'echo "$HOME"; exit 3', '', "it's", '$(reboot)'];
    const [shell, flag, script, name, ...rest] = makeExecCommand(command, false);
    expect([shell, flag, name]).toEqual(['/bin/sh', '-c', 'sh']);
    expect(rest).toEqual(command);
    expect(script).toBe('echo $$; exec "$@"');
  });

  it('is the image’s best shell where none is named', () => {
    expect(makeExecCommand([], false)[2]).toMatch(/command -v bash .* exec sh$/);
  });

  it('knows what its terminal is, unless it was told', () => {
    expect(makeExecCommand(['top'], true)[2]).toContain('TERM=${TERM:-xterm-256color}');
    expect(makeExecCommand(['top'], false)[2]).not.toContain('TERM');
  });

  it('is ended by the number that it said first', () => {
    expect(parseExecSession('123')).toBe(123);
    expect(parseExecSession('123\r')).toBe(123);
    for (const line of ['', '-1', '12 3', 'OCI runtime exec failed: exec failed', '99999999999'])
      expect(parseExecSession(line)).toBeNull();
    expect(makeEndCommand(123).slice(3)).toEqual(['sh', '123']);
  });
});
