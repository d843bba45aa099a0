import type { IncomingHttpHeaders } from 'node:http';
import { callHeaderNames, callHeaders } from '@sconce/contract';
import { climbsOut } from '@sconce/core';
import { ApiError, invalid } from '../endpoint/api-error.ts';

export interface CallWish {
  /** `project/environment/service`: where the gateway answers for it. */
  readonly service: string;
  readonly method: string;
  /** As the contract takes it. */
  readonly path: string;
}

/** One request to the gateway. Nothing of it was parsed from a URL that somebody sent: there is no host in it to be another one. */
export interface GatewayRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Those that frame the message, name who asks, or belong to the platform and its browsers. */
const notTheirs =
  /^(?:host|content-length|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect|cookie|accept-encoding|forwarded|via|x-real-ip|x-request-id|x-forwarded-.*|x-sconce-.*|sconce-.*|proxy-.*|sec-.*)$/;

/**
 * What the gateway is asked. Headers are written from nothing: the body's type, and those that the caller names for the service; session,
 * token and origin of the caller's own request stay here. Throws `ApiError` invalid.
 */
export function composeCall(wish: CallWish, incoming: IncomingHttpHeaders, requestId: string): GatewayRequest {
  const target = targetOf(wish);
  const given = readGivenHeaders(incoming[callHeaderNames.send]);
  const length = incoming['content-length'];
  const hasBody = incoming['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
  const type = incoming['content-type'];
  return {
    method: wish.method,
    target,
    headers: {
      accept: '*/*',
      'user-agent': 'sconce',
      ...(hasBody && type !== undefined ? { 'content-type': type } : {}),
      ...given,
      // Bytes as they are: what comes back is shown, and counted, without being unpacked.
      'accept-encoding': 'identity',
      'x-request-id': requestId,
      ...(hasBody ? (length === undefined ? { 'transfer-encoding': 'chunked' } : { 'content-length': length }) : {}),
    },
  };
}

/** Of the gateway. Throws `ApiError` invalid for a path that climbs out. */
export function targetOf({ service, path }: Pick<CallWish, 'service' | 'path'>): string {
  // The gateway refuses it as well; here it is told as the mistake in a field that it is.
  if (climbsOut(path)) throw badField('path', 'leaves the service');
  return `/${service}${path}`;
}

/** Headers for the service, from the JSON that names them. Throws `ApiError` invalid. */
export function readGivenHeaders(text: string | string[] | undefined): Record<string, string> {
  if (text === undefined) return {};
  const parsed = callHeaders.safeParse(typeof text === 'string' ? parseJson(text) : null);
  if (!parsed.success) throw invalid('The headers', parsed.error, callHeaderNames.send);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(parsed.data)) {
    const lower = name.toLowerCase();
    if (notTheirs.test(lower))
      throw badField(`${callHeaderNames.send}.${lower.slice(0, 60)}`, 'is not for callers to say');
    if (Object.hasOwn(headers, lower))
      throw badField(`${callHeaderNames.send}.${lower.slice(0, 60)}`, 'stands there twice');
    headers[lower] = value;
  }
  return headers;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badField(callHeaderNames.send, 'is not a JSON object');
  }
}

export function badField(path: string, message: string): ApiError {
  return new ApiError('invalid', `${path}: ${message}`, { errors: [{ path, code: 'invalid', message }] });
}
