import { createHash } from 'node:crypto';
import type { Endpoint } from '@sconce/contract';
import { ApiError } from './api-error.ts';
import { toReply } from './to-reply.ts';

/**
 * ETags are `"<version>-<hash of the answer>"` where the thing has a version, else `"<hash>"`. If-None-Match compares all of it; If-Match
 * compares the version, so that a change is not refused because a replica became ready meanwhile.
 */
export function makeEtag(text: string, revision: string | null): string {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return `"${revision === null ? '' : `${revision}-`}${hash}"`;
}

/** A body's own version, where it has one. */
export function revisionOf(body: unknown): string | null {
  const version = typeof body === 'object' && body !== null && 'version' in body ? body.version : null;
  return typeof version === 'number' ? String(version) : null;
}

/** If-Match, read. */
export interface IfMatch {
  /** For verbs that compare a version under the row's lock; null: no condition. An ETag without a version matches none. */
  readonly version: number | null;
  /** For verbs that compare a revision. */
  readonly revision: string | null;
  /** For everything else: throws 412 when the thing, as `endpoint` answers it now, is another. */
  check(endpoint: Endpoint, current: () => Promise<unknown>): Promise<void>;
}

const anything: IfMatch = { version: null, revision: null, check: async () => {} };

export function readIfMatch(header: string | undefined): IfMatch {
  if (header === undefined || header.trim() === '*') return anything;
  const tag = /^\s*"([\w.-]{1,100})"\s*$/.exec(header)?.[1];
  if (tag === undefined)
    throw new ApiError('malformed', 'If-Match takes one ETag in quotes, or *', {
      errors: [{ path: 'If-Match', code: 'malformed', message: 'Not one strong ETag' }],
    });
  const dash = tag.indexOf('-');
  const revision = dash > 0 ? tag.slice(0, dash) : tag;
  return {
    version: /^\d{1,9}$/.test(revision) ? Number(revision) : -1,
    revision,
    check: async (endpoint, current) => {
      const { text, parsed } = toReply(endpoint, await current());
      if (makeEtag(text, revisionOf(parsed)) !== `"${tag}"`)
        throw new ApiError('precondition_failed', 'It was changed since it was read', {
          hint: 'Read it again, and repeat the change if it still holds.',
        });
    },
  };
}

export function matchesNone(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.trim() === '*' || header.split(',').some((one) => one.trim().replace(/^W\//, '') === etag);
}
