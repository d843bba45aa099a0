import { RuntimeUnavailable } from '@sconce/ports';
import { describe, expect, it } from 'vitest';
import { toExecEnd } from './to-exec-end.ts';

const failure = (reason: string, message: string, causes: object[] = []) =>
  JSON.stringify({ status: 'Failure', reason, message, details: { causes } });

describe('how a command in a pod ended', () => {
  it('is its exit code', () => {
    expect(toExecEnd('{"metadata":{},"status":"Success"}')).toEqual({ exitCode: 0, message: null });
    const ended = failure('NonZeroExitCode', 'command terminated with exit code 7', [
      { reason: 'ExitCode', message: '7' },
    ]);
    expect(toExecEnd(ended)).toEqual({ exitCode: 7, message: null });
  });

  it('is that of a shell where there is no such command', () => {
    const text = 'OCI runtime exec failed: exec: "x": executable file not found in $PATH: unknown';
    expect(toExecEnd(failure('InternalError', text))).toEqual({ exitCode: 127, message: text });
  });

  it('is said not to be known otherwise', () => {
    expect(() => toExecEnd(failure('InternalError', 'the kubelet is not well'))).toThrow(RuntimeUnavailable);
    expect(() => toExecEnd('no JSON')).toThrow(RuntimeUnavailable);
  });
});
