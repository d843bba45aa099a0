import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { normalPassword } from '@sconce/core';

/** The second choice of RFC 9106, with one lane: 64 MiB, three passes. About 0.15 s of one core. */
const cost = { memoryKiB: 65_536, passes: 3, lanes: 1 };
const saltBytes = 16;
const tagBytes = 32;

interface Parsed {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
  readonly salt: Buffer;
  readonly tag: Buffer;
}

const phc = /^\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,4}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

/** `$argon2id$v=19$m=65536,t=3,p=1$<salt>$<tag>`: what is stored instead of a password. Throws `HashingBusy`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  return toText({ ...cost, salt, tag: await derive(password, { ...cost, salt }, tagBytes) });
}

/** Costs the same where there is nothing to compare with (null): how long it takes says nothing of who is known. Throws `HashingBusy`. */
export async function isPassword(password: string, stored: string | null): Promise<boolean> {
  const parsed = stored === null ? nobodys : parse(stored);
  const tag = await derive(password, parsed, parsed.tag.length);
  return timingSafeEqual(tag, parsed.tag) && stored !== null;
}

/** Made with another cost than is asked today. */
export function isOutdatedHash(stored: string): boolean {
  const { memoryKiB, passes, lanes } = parse(stored);
  return memoryKiB !== cost.memoryKiB || passes !== cost.passes || lanes !== cost.lanes;
}

/** A hash that no password has. */
const nobodys: Parsed = { ...cost, salt: randomBytes(saltBytes), tag: randomBytes(tagBytes) };

function parse(stored: string): Parsed {
  const [, memory, passes, lanes, salt = '', tag = ''] = phc.exec(stored) ?? [];
  if (tag === '') throw new Error('A stored password is not an argon2id hash');
  return {
    memoryKiB: Number(memory),
    passes: Number(passes),
    lanes: Number(lanes),
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  };
}

function toText({ memoryKiB, passes, lanes, salt, tag }: Parsed): string {
  const text = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
  return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${lanes}$${text(salt)}$${text(tag)}`;
}

/** More people sign in at once than there is memory for; in a moment there is. */
export class HashingBusy extends Error {
  override readonly name = 'HashingBusy';
}

/** Each one holds 64 MiB and a thread that files and names are read with too. */
const mostAtOnce = 2;
const mostWaiting = 40;
let running = 0;
const waiting: (() => void)[] = [];

async function derive(password: string, from: Omit<Parsed, 'tag'>, bytes: number): Promise<Buffer> {
  if (waiting.length >= mostWaiting) throw new HashingBusy(`${mostWaiting} passwords wait to be looked at`);
  if (running >= mostAtOnce) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    return await deriveNow({
      message: normalPassword(password),
      nonce: from.salt,
      memory: from.memoryKiB,
      passes: from.passes,
      parallelism: from.lanes,
      tagLength: bytes,
    });
  } finally {
    // A place that is handed on is never free in between.
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

function deriveNow(parameters: Argon2Parameters): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    argon2('argon2id', parameters, (error, tag) => (error ? reject(error) : resolve(tag)));
  });
}
