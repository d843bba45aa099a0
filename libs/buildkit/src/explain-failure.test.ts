import { describe, expect, it } from 'vitest';
import { explainFailure } from './explain-failure.ts';

const explain = (output: string, outOfMemory = false) => explainFailure({ output, outOfMemory, memoryMiB: 2048 });

/** How the end of the output looks: engine 20.10's own client, and buildx with a later engine. */
const older = (step: string, error: string, final = error) =>
  `#5 [2/2] ${step}\n#5 sha256:abc\n#5 0.140 working\n#5 ERROR: ${error}\n------\n > ${step}:\n#5 0.140 working\n------\n${final}\n`;
const later = (step: string, error: string) =>
  `#5 ${step}\n#5 0.140 working\n#5 ERROR: ${error}\n------\n > ${step}:\n0.140 working\n------\nDockerfile:2\n--------------------\n   1 |     FROM x\n   2 | >>> RUN y\n--------------------\nERROR: failed to solve: ${error}\n`;

describe('explainFailure', () => {
  it.each([
    ['older', older('[2/2] RUN exit 3', 'executor failed running [/bin/sh -c exit 3]: exit code: 3')],
    ['later', later('[2/2] RUN exit 3', 'process "/bin/sh -c exit 3" did not complete successfully: exit code: 3')],
  ])('reads a failed step (%s)', (_, output) => {
    expect(explain(output)).toMatchObject({
      reason: 'build_step_failed',
      message: '[2/2] RUN exit 3 ended with exit code 3.',
    });
  });

  it.each([
    ['older', older('[2/2] RUN make', 'executor failed running [/bin/sh -c make]: exit code: 137'), false],
    [
      'later',
      later('[2/2] RUN make', 'process "/bin/sh -c make" did not complete successfully: exit code: 137'),
      false,
    ],
    [
      'seen by the kernel',
      later('[2/2] RUN make', 'process "/bin/sh -c make" did not complete successfully: exit code: 2'),
      true,
    ],
  ])('reads a step that ran out of memory (%s)', (_, output, outOfMemory) => {
    expect(explain(output, outOfMemory)).toMatchObject({
      reason: 'build_out_of_memory',
      message: expect.stringContaining('2048 MiB'),
    });
  });

  it.each([
    [
      'no such host',
      'its registry has no address here (r.example)',
      'failed to do request: Head "https://r.example/v2/team/base/manifests/1": dial tcp: lookup r.example: no such host',
    ],
    [
      'refused',
      'its registry does not answer (r.example)',
      'failed to do request: Head "https://r.example/v2/x": dial tcp 10.0.0.1:443: connect: connection refused',
    ],
    [
      'timeout',
      'did not answer in time',
      'failed to do request: Head "https://r.example/v2/x": dial tcp 10.0.0.1:443: i/o timeout',
    ],
    ['absent', 'there is no such image', 'r.example/team/base:1: not found'],
    [
      'private',
      'or it is private',
      'pull access denied, repository does not exist or may require authorization: server message: insufficient_scope',
    ],
    ['limited', 'too many requests', '429 Too Many Requests - toomanyrequests: You have reached your pull rate limit'],
  ])('says why a base image could not be pulled (%s)', (_, why, error) => {
    const step = '[internal] load metadata for r.example/team/base:1';
    for (const output of [
      older(step, error, `failed to solve with frontend dockerfile.v0: failed to create LLB definition: ${error}`),
      later(step, error),
    ]) {
      expect(explain(output)).toMatchObject({
        reason: 'base_image_unavailable',
        message: expect.stringMatching(
          new RegExp(`^The base image r.example/team/base:1 could not be pulled: .*${why.replace(/[()]/g, '\\$&')}`),
        ),
        hint: expect.stringContaining('docker load'),
      });
    }
  });

  it('names Docker Hub images as people write them, and the line that only asks for a reader', () => {
    const hub = explain(older('[internal] load metadata for docker.io/library/python:3.12', 'x: not found'));
    expect(hub.message).toContain('base image python:3.12 ');
    const reader = explain(older('resolve image config for docker.io/docker/dockerfile:1', 'x: not found'));
    expect(reader).toMatchObject({ reason: 'base_image_unavailable', hint: expect.stringContaining('# syntax=') });
  });

  it('knows images and programs for another processor', () => {
    const pulled = explain(
      later('[internal] load metadata for docker.io/team/arm:1', 'no match for platform in manifest: not found'),
    );
    expect(pulled).toMatchObject({ reason: 'wrong_architecture', message: expect.stringContaining('team/arm:1') });
    const ran = later('[2/2] RUN /app', 'process "/app" did not complete successfully: exit code: 1').replace(
      '0.140 working',
      '0.1 exec /app: exec format error',
    );
    expect(explain(ran)).toMatchObject({ reason: 'wrong_architecture' });
  });

  it('knows a full disk, from the engine and from a step', () => {
    expect(
      explain('#5 ERROR: x\nfailed to solve: write /var/lib/docker/tmp/x: no space left on device\n'),
    ).toMatchObject({ reason: 'no_disk_space' });
    const step = later('[2/2] RUN pip', 'process "pip" did not complete successfully: exit code: 1').replace(
      'working',
      'OSError: [Errno 28] No space left on device',
    );
    expect(explain(step)).toMatchObject({ reason: 'no_disk_space' });
  });

  it.each([
    'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
    'error during connect: Post "http://x/build": EOF',
    'failed to receive status: rpc error: code = Unavailable desc = transport is closing',
    'Error response from daemon: grpc: the client connection is closing',
    'unexpected EOF',
  ])('tells an engine that went away from a bad build: %s', (final) => {
    expect(explain(`#1 [internal] load build definition\n${final}\n`)).toMatchObject({ name: 'BuilderUnavailable' });
  });

  it('knows an engine that cannot start steps', () => {
    const why =
      'executor failed running [/bin/sh -c id]: failed to create endpoint x on network bridge: could not find bridge docker0';
    expect(explain(older('[2/2] RUN id', why))).toMatchObject({ name: 'BuilderUnavailable' });
    const said = older(
      '[2/2] RUN id',
      'executor failed running [/bin/sh -c echo failed to create endpoint]: exit code: 1',
    );
    expect(explain(said)).toMatchObject({ reason: 'build_step_failed' });
  });

  it('takes a connection that a step lost for that step', () => {
    const output = later('[2/2] RUN curl', 'process "curl" did not complete successfully: exit code: 56').replace(
      'working',
      'connection reset by peer',
    );
    expect(explain(output)).toMatchObject({ reason: 'build_step_failed' });
  });

  it('reads missing secrets, files and instructions', () => {
    expect(explain(later('[2/2] RUN x', 'secret token: not found'))).toMatchObject({
      reason: 'build_secret_missing',
      message: expect.stringContaining('"token"'),
    });
    expect(
      explain(
        later('[2/2] COPY a /a', 'failed to compute cache key: failed to calculate checksum of ref x: "/a": not found'),
      ),
    ).toMatchObject({
      reason: 'build_step_failed',
      message: '[2/2] COPY a /a: "/a" is not in the build context.',
    });
    expect(
      explain('ERROR: failed to solve: dockerfile parse error on line 7: unknown instruction: FOO\n'),
    ).toMatchObject({
      reason: 'config_invalid',
      message: 'Line 7 of the Dockerfile cannot be read: unknown instruction: FOO',
    });
    expect(explain('failed to solve: the Dockerfile (Dockerfile) cannot be empty\n')).toMatchObject({
      reason: 'config_invalid',
    });
  });

  it('always has an answer, in one short line', () => {
    expect(explain('')).toMatchObject({ reason: 'build_step_failed' });
    const long = explain(`ERROR: ${'x'.repeat(5000)}\u0007\n`);
    expect(long.message.length).toBeLessThan(300);
    expect(long.message).not.toContain('\u0007');
  });
});
