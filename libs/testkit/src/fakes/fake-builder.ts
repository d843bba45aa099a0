import { createHash } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, sep } from 'node:path';
import { type Builder, BuilderUnavailable, BuildFailed, type BuildRequest, type BuiltImage } from '@sconce/ports';

/** A builder that reads Dockerfiles and runs nothing. What it "built" can be looked at, and it can be made to fail. */
export interface FakeBuilder extends Builder {
  /** All requests that came, in order. */
  readonly requests: readonly BuildRequest[];
  /** Digest to labels, of every image built. */
  readonly images: ReadonlyMap<
    string,
    { readonly image: BuiltImage; readonly labels: Readonly<Record<string, string>> }
  >;
  /** The next builds end so; null lets them be judged by their Dockerfile again. */
  failWith(error: BuildFailed | BuilderUnavailable | null): void;
}

/**
 * Understands what tests need: FROM (images of `*.invalid` cannot be pulled), EXPOSE, ARG, COPY of one file, and of RUN
 * `exit N`, `echo "..."`, secrets, `sleep` (waits for its end by signal or time) and endless output.
 */
export function fakeBuilder(): FakeBuilder {
  const requests: BuildRequest[] = [];
  const images = new Map<string, { image: BuiltImage; labels: Readonly<Record<string, string>> }>();
  let failure: BuildFailed | BuilderUnavailable | null = null;
  return {
    requests,
    images,
    failWith: (error) => {
      failure = error;
    },
    build: async (request, onOutput, signal) => {
      signal.throwIfAborted();
      requests.push(request);
      if (failure !== null) throw failure;
      checkInputs(request);
      const image = await interpret(request, (text) => onOutput(Buffer.from(text)), signal);
      images.set(image.digest, { image, labels: { ...request.labels, 'sconce.build': request.build } });
      return image;
    },
  };
}

const refusedArgs = ['BUILDKIT_SYNTAX', 'BUILDKIT_CACHE_MOUNT_NS'];

function checkInputs(request: BuildRequest): void {
  const badArgs = Object.entries(request.args).some(
    ([name, value]) =>
      !/^[A-Za-z_]\w*$/.test(name) || refusedArgs.includes(name) || value.includes('\0') || value.length > 65_536,
  );
  const names = request.secrets.map((secret) => secret.name);
  const badSecrets = request.secrets.some(
    (secret) => !/^\w[\w.-]*$/.test(secret.name) || secret.value.byteLength > 512_000,
  );
  if (badArgs || badSecrets || new Set(names).size < names.length)
    throw new BuildFailed('config_invalid', 'Bad input.');
}

async function interpret(request: BuildRequest, say: (text: string) => void, signal: AbortSignal): Promise<BuiltImage> {
  const context = await inside(request.directory, request.context);
  if (context === null || !(await stat(context)).isDirectory())
    throw new BuildFailed('config_invalid', 'No such context.');
  const file = await inside(request.directory, request.dockerfile);
  if (file === null || !(await stat(file)).isFile())
    throw new BuildFailed('dockerfile_missing', 'No Dockerfile.', 'Commit one.');
  const text = await readFile(file, 'utf8');
  const lines = text.split('\n');
  if (/^\s*\{/.test(text) || lines.some((line) => /^#\s*syntax\s*=\s*(?!docker\/dockerfile(?::|$))/i.test(line))) {
    throw new BuildFailed('config_invalid', 'A foreign frontend.');
  }
  const layers: BuiltImage['layers'][number][] = [layer('base', 1_000_000, 'Imported')];
  const ports = new Set<number>();
  for (const [index, line] of lines.entries()) {
    signal.throwIfAborted();
    const [word = '', ...rest] = line.split(' ');
    if (word === '' || word.startsWith('#')) continue;
    const made = await step({
      word,
      rest: rest.join(' '),
      line,
      number: index + 1,
      request,
      context,
      say,
      signal,
      ports,
    });
    if (made !== null)
      layers.push(layer(request.noCache ? `${request.build}${line}` : `${line}${made.content}`, made.bytes, line));
  }
  if (!lines.some((line) => /^FROM /.test(line)))
    throw new BuildFailed('config_invalid', 'The Dockerfile has no instructions.');
  return {
    digest: digestOf(JSON.stringify([request.build, request.labels, layers, [...ports]])),
    sizeBytes: layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    architecture: 'amd64',
    exposedPorts: [...ports].sort((a, b) => a - b),
    layers,
  };
}

interface Step {
  readonly word: string;
  readonly rest: string;
  readonly line: string;
  readonly number: number;
  readonly request: BuildRequest;
  readonly context: string;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
  readonly ports: Set<number>;
}

/** The layer that an instruction leaves, or null. */
async function step(at: Step): Promise<{ readonly bytes: number; readonly content: string } | null> {
  switch (at.word) {
    case 'FROM':
      if (/\.invalid\//.test(at.rest))
        throw new BuildFailed('base_image_unavailable', `${at.rest} could not be pulled.`, 'Check its name.');
      return null;
    case 'EXPOSE':
      for (const port of at.rest.matchAll(/(\d+)(?:\/tcp)?(?=\s|$)/g)) at.ports.add(Number(port[1]));
      return null;
    case 'COPY':
      return copy(at);
    case 'RUN':
      return await runStep(at).then(() => ({ bytes: 0, content: '' }));
    case 'ARG':
    case 'ENV':
    case 'CMD':
    case 'ENTRYPOINT':
    case 'WORKDIR':
    case 'USER':
      return null;
    default:
      throw new BuildFailed(
        'config_invalid',
        `Line ${at.number} of the Dockerfile cannot be read: unknown instruction: ${at.word}`,
      );
  }
}

async function copy(at: Step): Promise<{ readonly bytes: number; readonly content: string }> {
  const source = at.rest.split(' ')[0] ?? '';
  const found = await inside(at.request.directory, join(at.request.context, source));
  if (found === null)
    throw new BuildFailed('build_step_failed', `${at.line}: "/${source}" is not in the build context.`);
  const facts = await stat(found);
  const content = facts.isFile() ? await readFile(found) : Buffer.alloc(0);
  return { bytes: content.byteLength, content: digestOf(content) };
}

async function runStep(at: Step): Promise<void> {
  const secret = /type=secret,id=(\w+)(,required)?/.exec(at.rest);
  if (secret?.[2] !== undefined && !at.request.secrets.some(({ name }) => name === secret[1])) {
    throw new BuildFailed('build_secret_missing', `${at.line} needs the build secret "${secret[1]}".`);
  }
  if (at.rest.startsWith('["')) throw new BuildFailed('wrong_architecture', `${at.line} could not start.`);
  for (const said of at.rest.matchAll(/echo (?:"([^"]*)"|([^;&>]*))/g)) {
    const words = (said[1] ?? said[2] ?? '').trim();
    at.say(`#${at.number} 0.1 ${words.replace(/\$(\w+)/g, (_, name: string) => at.request.args[name] ?? '')}\n`);
  }
  if (/sleep|\/dev\/zero/.test(at.rest)) await hang(at, at.rest.includes('/dev/zero'));
  const code = /exit (\d+)/.exec(at.rest)?.[1];
  if (code !== undefined && code !== '0')
    throw new BuildFailed('build_step_failed', `${at.line} ended with exit code ${code}.`);
}

/** Never ends by itself: by the signal, the limit on time, or the one on output. */
async function hang(at: Step, noisy: boolean): Promise<void> {
  if (noisy) throw new BuildFailed('build_output_exceeded', 'Too much output.');
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new BuildFailed('build_timed_out', 'Too slow.')), at.request.limits.timeMs);
  const onAbort = () => reject(at.signal.reason);
  at.signal.addEventListener('abort', onAbort, { once: true });
  if (at.signal.aborted) onAbort();
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    at.signal.removeEventListener('abort', onAbort);
  }
}

async function inside(directory: string, path: string): Promise<string | null> {
  const outside = new BuildFailed('path_outside_repository', 'The path leads out of the repository.');
  if (path.includes('\0') || isAbsolute(path) || path.split(/[\\/]/).includes('..')) throw outside;
  const root = await realpath(directory);
  const real = await realpath(join(root, path)).catch(() => null);
  if (real !== null && real !== root && !real.startsWith(root + sep)) throw outside;
  return real;
}

function layer(content: string, sizeBytes: number, createdBy: string): BuiltImage['layers'][number] {
  return { digest: digestOf(content), sizeBytes, createdBy };
}

function digestOf(text: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
