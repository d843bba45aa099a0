import type { Readable } from 'node:stream';
import type { ImageFiles } from '@sconce/core';
import { type Pace, readTar, TarInvalid } from '@sconce/foundation';
import type Docker from 'dockerode';
import { asking } from '../image-store-unavailable.ts';

/** Of one image, with all that is passed over: CUDA's libraries beside Python packages are some 5 GiB. */
const maxStreamedBytes = 16 * 1024 ** 3;
const maxKeptBytes = 32 * 1024 ** 2;
const maxEntries = 1_000_000;
/** A link to a link; the engine has resolved all but the last step. */
const maxLinks = 4;

/** Go's file modes, as the engine states them. */
const folderBit = 2 ** 31;
const linkBit = 2 ** 27;
/** Devices, pipes, sockets and what is none of all. */
const oddBits = [2 ** 26, 2 ** 25, 2 ** 24, 2 ** 21, 2 ** 19];

interface PathFacts {
  readonly size: number;
  readonly mode: number;
  readonly linkTarget: string;
}

const has = (mode: number, bit: number): boolean => Math.floor(mode / bit) % 2 === 1;

/**
 * The files of a container that was never started, by the engine's archive calls. The engine resolves every path inside the container's root,
 * and what it answers is taken apart as it comes.
 */
export function containerFiles(container: Docker.Container, pace: Pace, signal: AbortSignal): ImageFiles {
  const left = { streamedBytes: maxStreamedBytes, keptBytes: maxKeptBytes, entries: maxEntries };
  const look = (path: string) => lookAt(container, path, signal);
  return {
    read: async (path, maxBytes) => {
      const found = await look(path);
      if (found === null || [folderBit, ...oddBits].some((bit) => has(found.facts.mode, bit))) return null;
      if (found.facts.size > maxBytes) return 'too_large';
      const all = await collect(container, found.path, { wants: () => maxBytes, pace, left, signal });
      return all.isWhole ? (all.files[0] ?? new Uint8Array()) : 'too_large';
    },
    isFolder: async (path) => {
      const found = await look(path);
      return found !== null && has(found.facts.mode, folderBit);
    },
    readBelow: async (folder, isWanted, maxBytes) => {
      const found = await look(folder);
      if (found === null || !has(found.facts.mode, folderBit)) return null;
      // The first step is the folder's own name.
      const wants = (path: string) => (isWanted(path.slice(path.indexOf('/') + 1)) ? maxBytes : 0);
      return collect(container, found.path, { wants, pace, left, signal });
    },
  };
}

async function lookAt(
  container: Docker.Container,
  from: string,
  signal: AbortSignal,
): Promise<{ readonly path: string; readonly facts: PathFacts } | null> {
  let path = from;
  for (let links = 0; links <= maxLinks; links += 1) {
    signal.throwIfAborted();
    const facts = await asking(`look at ${path} in an image`, statOf(container, path));
    if (facts === null) return null;
    if (!has(facts.mode, linkBit)) return { path, facts };
    if (facts.linkTarget === '' || facts.linkTarget === path) return null;
    path = facts.linkTarget;
  }
  return null;
}

async function statOf(container: Docker.Container, path: string): Promise<PathFacts | null> {
  try {
    // The SDK's types say a stream; of HEAD it is the answer, with headers and nothing to read.
    const answer = (await container.infoArchive({ path })) as unknown as {
      readonly headers: Readonly<Record<string, string | undefined>>;
      resume(): void;
    };
    answer.resume();
    const stated = Buffer.from(answer.headers['x-docker-container-path-stat'] ?? '', 'base64').toString();
    return JSON.parse(stated) as PathFacts;
  } catch (error) {
    // 404: there is nothing. 400: a step on the way is no folder.
    const status = (error as { readonly statusCode?: number }).statusCode;
    if (status === 404 || status === 400 || (status === 500 && (await leadsRound(container, path)))) return null;
    throw error;
  }
}

/** Links in a circle are a fault of the engine's to it, and of the image's to us. An answer to HEAD has no words to tell them by. */
async function leadsRound(container: Docker.Container, path: string): Promise<boolean> {
  try {
    ((await container.getArchive({ path })) as Readable).destroy();
    return false;
  } catch (error) {
    return /too many (?:links|levels of symbolic links)/i.test((error as Error).message);
  }
}

interface Collecting {
  readonly wants: (path: string) => number;
  readonly pace: Pace;
  readonly left: { streamedBytes: number; keptBytes: number; entries: number };
  readonly signal: AbortSignal;
}

/** What is wanted of an archive; not whole where a limit ended it, or it could not be understood. */
async function collect(
  container: Docker.Container,
  path: string,
  { wants, pace, left, signal }: Collecting,
): Promise<{ files: Uint8Array[]; isWhole: boolean }> {
  const stream = (await asking(`read ${path} of an image`, container.getArchive({ path }))) as Readable;
  const close = () => void stream.destroy();
  signal.addEventListener('abort', close, { once: true });
  const files: Uint8Array[] = [];
  const keep = (name: string, sizeBytes: number) => Math.min(wants(name), sizeBytes, Math.max(0, left.keptBytes));
  try {
    for await (const entry of readTar(counted(stream, pace, left), { keep })) {
      left.entries -= 1;
      if (entry.content !== null) {
        files.push(entry.content);
        left.keptBytes -= entry.content.length;
      }
      if (left.entries <= 0 || left.keptBytes <= 0 || left.streamedBytes <= 0) return { files, isWhole: false };
    }
    signal.throwIfAborted();
    return { files, isWhole: true };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TarInvalid) return { files, isWhole: false };
    return await asking(`read ${path} of an image`, Promise.reject(error));
  } finally {
    signal.removeEventListener('abort', close);
    stream.destroy();
  }
}

async function* counted(stream: Readable, pace: Pace, left: Collecting['left']): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    left.streamedBytes -= chunk.length;
    if (left.streamedBytes <= 0) throw new TarInvalid('more than is looked through');
    await pace(chunk.length);
    yield chunk;
  }
}
