import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type Docker from 'dockerode';

export interface ExecResult {
  readonly code: number;
  readonly output: string;
}

/** Runs a shell line inside a container. */
export async function execIn(docker: Docker, id: string, line: string): Promise<ExecResult> {
  const exec = await docker.getContainer(id).exec({ Cmd: ['sh', '-c', line], AttachStdout: true, AttachStderr: true });
  const stream = await exec.start({ hijack: true, stdin: false });
  const both = new PassThrough();
  docker.modem.demuxStream(stream, both, both);
  stream.on('end', () => both.end());
  const output = await text(both);
  const { ExitCode } = await exec.inspect();
  return { code: ExitCode ?? -1, output };
}

/** Whether a connection from inside the container comes about; one that is dropped on its way is waited for in vain. */
export async function canConnect(
  docker: Docker,
  id: string,
  host: string,
  port: number,
  seconds = 20,
): Promise<boolean> {
  return (await execIn(docker, id, `nc -w ${seconds} ${host} ${port} < /dev/null`)).code === 0;
}

/** Whether none comes about, though it was given a while. */
export async function isCutOff(docker: Docker, id: string, host: string, port: number): Promise<boolean> {
  return !(await canConnect(docker, id, host, port, 2));
}
