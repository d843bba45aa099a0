import type { PodFacts } from '@sconce/kubernetes-api';
import { BuilderUnavailable, BuildFailed } from '@sconce/ports';
import { describe, expect, it } from 'vitest';
import { exitCode } from './build-script.ts';
import { explainEnd } from './explain-end.ts';

const limits = { timeMs: 1_000, memoryMiB: 64, outputBytes: 1_000 };
const digest = `sha256:${'a'.repeat(64)}`;

function ended(code: number, end: object = {}, status: object = {}): PodFacts {
  const state = { terminated: { exitCode: code, ...end } };
  const container = { name: 'build', ready: false, restartCount: 0, state };
  const metadata = { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
  return { metadata, spec: { containers: [] }, status: { phase: 'Failed', containerStatuses: [container], ...status } };
}
function failureOf(pod: PodFacts | null, output = ''): unknown {
  try {
    return explainEnd(pod, output, limits);
  } catch (error) {
    return error;
  }
}

describe('explainEnd', () => {
  it('reads the image and the kind of machine from the last message', () => {
    expect(explainEnd(ended(0, { message: `${digest} x86_64` }), '', limits)).toEqual({
      digest,
      architecture: 'amd64',
    });
    expect(explainEnd(ended(0, { message: `${digest} riscv64\n` }), '', limits).architecture).toBe('riscv64');
    expect(failureOf(ended(0))).toBeInstanceOf(BuilderUnavailable);
  });

  it.each<[string, PodFacts | null, string]>([
    ['is gone', null, ''],
    ['was ended from outside', ended(137), ''],
    ['lost its worker', ended(exitCode.abandoned), ''],
    ['has no BuildKit', ended(exitCode.noBuildKit), 'BuildKit did not start:\nnewuidmap: Operation not permitted'],
    ['was evicted for want of memory on its node', ended(137, {}, { reason: 'Evicted', message: 'low on memory' }), ''],
    ['did not get its context', ended(exitCode.noInput), 'tar: unexpected end'],
    [
      'could not push',
      ended(1),
      'error: failed to solve: failed to push r.test/x:1: failed to do request: Head "http://r.test": dial tcp 10.0.0.1:1: connect: connection refused',
    ],
  ])('says of a pod that %s that another try is worth it', (_, pod, output) => {
    expect(failureOf(pod, output)).toBeInstanceOf(BuilderUnavailable);
  });

  it.each<[string, PodFacts, string, string]>([
    ['build_out_of_memory', ended(137, { reason: 'OOMKilled' }), '', '64 MiB'],
    [
      'no_disk_space',
      ended(137, {}, { reason: 'Evicted', message: 'Usage of EmptyDir volume "work" exceeds the limit "5Gi".' }),
      '',
      'exceeds the limit',
    ],
    ['no_disk_space', ended(exitCode.noInput), 'tar: ./model.bin: No space left on device', 'No space left'],
    [
      'build_step_failed',
      ended(1),
      '#5 ERROR: process "/bin/sh -c exit 3" did not complete successfully: exit code: 3\n------\n > [2/2] RUN exit 3:\n------\nerror: failed to solve: process "/bin/sh -c exit 3" did not complete successfully: exit code: 3\n',
      'RUN exit 3',
    ],
  ])('says %s', (reason, pod, output, words) => {
    const failure = failureOf(pod, output);
    expect(failure).toBeInstanceOf(BuildFailed);
    expect(failure).toMatchObject({ reason, message: expect.stringContaining(words) });
  });
});
