export interface TarEntry {
  readonly path: string;
  readonly isFile: boolean;
  readonly isFolder: boolean;
  /** Where a link leads, as it says it; of a hard link from the archive's root, with a slash before it. Null of all else. */
  readonly linkTarget: string | null;
  readonly sizeBytes: number;
  /** The beginning of a wanted file's content; null of others. */
  readonly content: Buffer | null;
}

export interface TarReading {
  /** How much of a file's content is kept; 0 passes over it. */
  readonly keep: (path: string, sizeBytes: number) => number;
}

export class TarInvalid extends Error {
  override readonly name = 'TarInvalid';
}

const blockBytes = 512;
/** Longer names than file systems have. */
const maxNameBytes = 64 * 1024;

/**
 * Entries of a tar stream, in its order, with no more held in memory than is to be kept: other content is passed over as it comes. Knows POSIX
 * headers with pax paths and sizes, and GNU long names. Throws `TarInvalid` on what is none, and whatever the stream throws.
 */
export async function* readTar(stream: AsyncIterable<Uint8Array>, { keep }: TarReading): AsyncGenerator<TarEntry> {
  const bytes = new ByteReader(stream);
  let named: NextName = {};
  for (;;) {
    const header = await bytes.take(blockBytes);
    if (header.length === 0 || header.every((byte) => byte === 0)) return;
    checkSum(header);
    const type = String.fromCharCode(header[156] ?? 0);
    const sizeBytes = named.sizeBytes ?? readNumber(header.subarray(124, 136));
    if (type === 'x' || type === 'g' || type === 'L' || type === 'K') {
      if (sizeBytes > maxNameBytes) throw new TarInvalid(`a name of ${sizeBytes} bytes`);
      const content = await bytes.takeAll(sizeBytes);
      await bytes.skip(padding(sizeBytes));
      if (type === 'x') named = { ...named, ...readPax(content) };
      if (type === 'L') named = { ...named, path: toName(content) };
      if (type === 'K') named = { ...named, linkTarget: toName(content) };
      continue;
    }
    const path = plainPath(named.path ?? headerName(header));
    const isFile = type === '0' || type === '\0' || type === '7';
    const kept = isFile ? Math.min(sizeBytes, keep(path, sizeBytes)) : 0;
    // Links and folders have a size of 0, whatever their header says.
    const stored = isFile ? sizeBytes : 0;
    const content = kept > 0 ? await bytes.takeAll(kept) : null;
    await bytes.skip(stored - kept + padding(stored));
    const linkTarget = toLinkTarget(type, named.linkTarget ?? toName(header.subarray(157, 257)));
    named = {};
    yield { path, isFile, isFolder: type === '5', linkTarget, sizeBytes: stored, content };
  }
}

interface NextName {
  readonly path?: string;
  readonly linkTarget?: string;
  readonly sizeBytes?: number;
}

function toLinkTarget(type: string, target: string): string | null {
  if (type === '2') return target;
  return type === '1' ? `/${plainPath(target)}` : null;
}

const padding = (sizeBytes: number): number => (blockBytes - (sizeBytes % blockBytes)) % blockBytes;
const toName = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8').split('\0')[0] ?? '';

/** Without `./` before it, a slash behind it or steps that mean nothing. */
const plainPath = (path: string): string =>
  path
    .split('/')
    .filter((step) => step !== '' && step !== '.')
    .join('/');

function headerName(header: Buffer): string {
  const name = toName(header.subarray(0, 100));
  const prefix = header.subarray(257, 262).toString('latin1') === 'ustar' ? toName(header.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Octal digits, or, when the first bit is set, a big-endian number. */
function readNumber(field: Buffer): number {
  const isBinary = ((field[0] ?? 0) & 0x80) !== 0;
  const value = isBinary
    ? field.subarray(1).reduce((sum, byte) => sum * 256 + byte, (field[0] ?? 0) & 0x7f)
    : Number.parseInt(toName(field).trim() || '0', 8);
  if (!Number.isSafeInteger(value) || value < 0) throw new TarInvalid('a size that is no number');
  return value;
}

/** `27 path=a/long/name\n`, as often as there is something to say. */
function readPax(bytes: Buffer): NextName {
  let found: NextName = {};
  for (let at = 0; at < bytes.length; ) {
    const length = Number.parseInt(bytes.subarray(at, at + 12).toString('latin1'), 10);
    if (!(length > 0)) break;
    const record = bytes.subarray(at, at + length).toString('utf8');
    const [, name, value] = /^\d+ ([^=]+)=(.*)\n$/s.exec(record) ?? [];
    if (name === 'path' && value !== undefined) found = { ...found, path: value };
    if (name === 'linkpath' && value !== undefined) found = { ...found, linkTarget: value };
    if (name === 'size' && value !== undefined && /^\d{1,15}$/.test(value))
      found = { ...found, sizeBytes: Number(value) };
    at += length;
  }
  return found;
}

function checkSum(header: Buffer): void {
  const stated = readNumber(header.subarray(148, 156));
  const sum = header.reduce((all, byte, index) => all + (index >= 148 && index < 156 ? 32 : byte), 0);
  if (sum !== stated) throw new TarInvalid('a header whose sum is wrong');
}

const endsEarly = (): TarInvalid => new TarInvalid('the archive ends in the middle');

/** Takes and skips bytes of a stream, over the bounds of its chunks. */
class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async takeAll(count: number): Promise<Buffer> {
    const taken = await this.take(count);
    if (taken.length < count) throw endsEarly();
    return taken;
  }

  /** `count` bytes, or none at the stream's end. */
  async take(count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let missing = count;
    while (missing > 0 && (await this.#fill())) {
      const part = this.#rest.subarray(0, missing);
      parts.push(part);
      this.#rest = this.#rest.subarray(part.length);
      missing -= part.length;
    }
    if (missing > 0 && missing < count) throw endsEarly();
    return Buffer.concat(parts);
  }

  async skip(count: number): Promise<void> {
    let missing = count;
    while (missing > 0) {
      if (!(await this.#fill())) throw endsEarly();
      const passed = Math.min(missing, this.#rest.length);
      this.#rest = this.#rest.subarray(passed);
      missing -= passed;
    }
  }

  async #fill(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done) return false;
      this.#rest = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    }
    return true;
  }
}
