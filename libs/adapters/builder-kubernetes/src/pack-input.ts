import { lstat, readFile } from 'node:fs/promises';
import { CommandFailed, spawnStreaming } from '@sconce/foundation';
import { BuilderUnavailable, type BuildRequest } from '@sconce/ports';
import { pack } from 'tar-stream';
import { buildkitConfig } from './make-build-command.ts';

/** About as large: the container starts a program for each. */
const frameBytes = 1024 * 1024;
const packTimeoutMs = 60 * 60_000;

/** What the first archive holds: small, and never on a disk. */
export interface BuildInput {
  readonly command: string;
  /** Of the commit; read when it is sent. */
  readonly dockerfile: string;
  readonly secrets: BuildRequest['secrets'];
  /** Docker's `config.json`: the credentials of registries. */
  readonly dockerConfig: string;
  readonly buildkitConfig: string;
}

/** As an archive, in frames. */
export async function* packInput(input: BuildInput): AsyncGenerator<Uint8Array, void, undefined> {
  const archive = pack();
  const add = (name: string, content: Uint8Array | string) =>
    archive.entry({ name, mode: 0o600 }, Buffer.from(content));
  const folder = (name: string) => archive.entry({ name, type: 'directory', mode: 0o700 });
  for (const name of ['docker', 'dockerfile', 'secrets']) folder(name);
  add('docker/config.json', input.dockerConfig);
  add(buildkitConfig, input.buildkitConfig);
  add('dockerfile/Dockerfile', await readFile(input.dockerfile));
  const ignored = await readIgnored(`${input.dockerfile}.dockerignore`);
  if (ignored !== null) add('dockerfile/Dockerfile.dockerignore', ignored);
  input.secrets.forEach(({ value }, index) => void add(`secrets/${index}`, value));
  // Last: that it is there says that all is.
  add('build.sh', input.command);
  archive.finalize();
  yield* inFrames(archive as AsyncIterable<Uint8Array>);
}

/** A folder with all in it, links as links. GNU's own way of long names: what a build image unpacks with may know no newer one. */
export async function* packFolder(folder: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const owner = ['--owner=0', '--group=0', '--numeric-owner', '--sort=name'];
  const words = ['--create', '--format=gnu', ...owner, `--directory=${folder}`, '--file=-', '.'];
  const tar = spawnStreaming('tar', words, { env: {}, timeoutMs: packTimeoutMs, signal });
  try {
    yield* inFrames(tar.stdout);
    await tar.ended;
  } catch (cause) {
    if (!(cause instanceof CommandFailed)) throw cause;
    throw new BuilderUnavailable(`The build context could not be packed: ${cause.message}`, { cause });
  }
}

async function* inFrames(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    held.push(chunk);
    bytes += chunk.length;
    if (bytes < frameBytes) continue;
    yield toFrame(held, bytes);
    [held, bytes] = [[], 0];
  }
  if (bytes > 0) yield toFrame(held, bytes);
  yield Buffer.from('0\n');
}

const toFrame = (chunks: readonly Uint8Array[], bytes: number) => Buffer.concat([Buffer.from(`${bytes}\n`), ...chunks]);

/** A link could lead anywhere: that one is not followed. */
async function readIgnored(path: string): Promise<Uint8Array | null> {
  const facts = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  return facts?.isFile() ? readFile(path) : null;
}
