import type { IncomingMessage } from 'node:http';
import { ApiError } from '../endpoint/api-error.ts';
import { readBody } from './read-body.ts';

const limits = { maxBytes: 1024 * 1024, timeoutMs: 20_000 };
const jsonTypes = /^application\/(?:json|merge-patch\+json)(?:\s*;\s*charset\s*=\s*"?utf-8"?)?$/i;

/** A JSON body; `{}` when there is none. Throws `ApiError` unsupported_media_type, malformed, too_large, too_slow. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const type = request.headers['content-type'];
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw new ApiError('unsupported_media_type', 'Bodies are taken as they are, not compressed');
  if (type !== undefined && !jsonTypes.test(type.trim())) {
    throw new ApiError('unsupported_media_type', 'The body has to be JSON', {
      hint: 'Send `Content-Type: application/json`.',
    });
  }
  const bytes = await readBody(request, limits);
  if (bytes.length === 0) return {};
  if (type === undefined)
    throw new ApiError('unsupported_media_type', 'The body has no content type', {
      hint: 'Send `Content-Type: application/json`.',
    });
  return parseJson(bytes);
}

export function parseJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ApiError('malformed', 'The body is not UTF-8');
  }
  try {
    return JSON.parse(text, refuseProto);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError('malformed', 'The body is not JSON', { hint: 'Check quotes, commas and brackets.' });
  }
}

/** Such a key is never a field of anything; libraries differ in what they make of it. */
function refuseProto(this: unknown, key: string, value: unknown): unknown {
  if (key === '__proto__')
    throw new ApiError('invalid', '__proto__ is no field', {
      errors: [{ path: '__proto__', code: 'unknown_field', message: 'There is no such field here' }],
    });
  return value;
}
