import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { canonicalJson } from '@sconce/core';
import {
  claimIdempotencyKey,
  findStoredReply,
  releaseIdempotencyKey,
  type StoredReply,
  storeReply,
  type Tx,
} from '@sconce/db';
import type { Deps } from '@sconce/engine';
import { ApiError } from './api-error.ts';

export interface ReplyText {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A write's Idempotency-Key, claimed for this request. */
export interface HeldKey {
  /** In the effect's transaction. Throws when another request took the key over meanwhile; then nothing of the effect may stay. */
  store(tx: Tx, reply: ReplyText): Promise<void>;
  /** Nothing was done: the same request may be tried again. */
  release(): Promise<void>;
}

export interface KeyedRequest {
  readonly owner: string;
  readonly key: string;
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  /**
   * The caller's own token, when request or reply hold something that nobody else may read: the reply is kept sealed under it, and of the request a
   * fingerprint that cannot be guessed at without it.
   */
  readonly sealWith: string | null;
}

const shape = /^[\x21-\x7e]{1,200}$/;

/** Claims the key, or answers the reply that it stands for. Throws `ApiError` idempotency_running, idempotency_key_reused, malformed. */
export async function holdKey(
  deps: Pick<Deps, 'db'>,
  request: KeyedRequest,
): Promise<{ held: HeldKey } | { replay: ReplyText }> {
  const { owner, key } = request;
  const hash = fingerprintOf(request);
  const claim = await claimIdempotencyKey(deps.db.tx, owner, key, hash);
  if (claim.kind === 'running')
    throw new ApiError('idempotency_running', 'The first request with this key is still running', {
      headers: { 'retry-after': '1' },
    });
  if (claim.kind === 'other_request')
    throw new ApiError('idempotency_key_reused', 'This key came with another request before', {
      hint: 'Make a new key for each new request.',
    });
  if (claim.kind === 'done') return { replay: toReply(claim.stored, request.sealWith) };
  return {
    held: {
      store: async (tx, reply) => {
        const text = request.sealWith === null ? reply.text : seal(request.sealWith, reply.text);
        const stored = await storeReply(tx, owner, key, claim.claim, {
          status: reply.status,
          reply: text,
          headers: reply.headers,
        });
        if (!stored)
          throw new ApiError('idempotency_running', 'Another request took this key over', {
            headers: { 'retry-after': '1' },
          });
      },
      release: () => releaseIdempotencyKey(deps.db.tx, owner, key, claim.claim),
    },
  };
}

/** The answer that the same request got before; null: it got none. Claims nothing. */
export async function findReplay(deps: Pick<Deps, 'db'>, request: KeyedRequest): Promise<{ replay: ReplyText } | null> {
  const stored = await findStoredReply(deps.db.tx, request.owner, request.key, fingerprintOf(request));
  return stored ? { replay: toReply(stored, request.sealWith) } : null;
}

function fingerprintOf({ key, method, path, body, sealWith }: KeyedRequest): string {
  if (!shape.test(key))
    throw new ApiError('malformed', 'An Idempotency-Key has 1 to 200 printable characters', {
      errors: [{ path: 'Idempotency-Key', code: 'malformed', message: '1 to 200 printable characters' }],
    });
  const hash = sealWith === null || method === 'POST' ? createHash('sha256') : createHmac('sha256', sealWith);
  return hash.update(canonicalJson([method, path, body ?? null])).digest('hex');
}

function toReply(stored: StoredReply, sealedWith: string | null): ReplyText {
  const text = String(stored.reply);
  return {
    status: stored.status,
    text: sealedWith === null ? text : open(sealedWith, text),
    headers: { ...stored.headers, 'idempotent-replayed': 'true' },
  };
}

function keyOf(secret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'sconce idempotency reply', 32));
}

function seal(secret: string, text: string): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyOf(secret), iv);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64');
}

function open(secret: string, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', keyOf(secret), bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(12, 28));
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
}
