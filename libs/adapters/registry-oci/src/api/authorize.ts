import { RegistryUnavailable } from '../registry-unavailable.ts';
import type { Challenge } from './parse-challenge.ts';
import { readBody } from './read-body.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

const tokenBytes = 256 * 1024;

/** The `Authorization` that answers a challenge. `origin` is the registry's, which says whether a password may go without TLS. */
export async function authorize(
  challenge: Challenge,
  credentials: Credentials | null,
  origin: string,
  signal: AbortSignal,
): Promise<string> {
  const basic = credentials === null ? null : toBasic(credentials);
  if (challenge.scheme === 'basic') {
    if (basic === null)
      throw new RegistryUnavailable(
        `The registry ${origin} asks for credentials: set SCONCE_REGISTRY_USERNAME and SCONCE_REGISTRY_PASSWORD`,
      );
    return basic;
  }
  const url = new URL(challenge.realm);
  if (url.protocol !== 'https:' && origin.startsWith('https:'))
    throw new RegistryUnavailable(`The registry ${origin} wants its password sent to ${url.host} without encryption`);
  if (challenge.service !== null) url.searchParams.set('service', challenge.service);
  // Several scopes come in one text, with blanks between.
  for (const scope of challenge.scope?.split(' ') ?? []) url.searchParams.append('scope', scope);
  const headers = basic === null ? {} : { authorization: basic };
  const response = await fetch(url, { headers, signal });
  const body = await readBody(response, tokenBytes);
  if (!response.ok)
    throw new RegistryUnavailable(
      `The registry ${origin} gives no token: ${url.host} answered ${response.status}. Check its username and password`,
    );
  return `Bearer ${toToken(body, url.host)}`;
}

const toBasic = ({ username, password }: Credentials): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

function toToken(body: Buffer, host: string): string {
  try {
    const { token, access_token } = JSON.parse(body.toString('utf8')) as { token?: unknown; access_token?: unknown };
    const given = token ?? access_token;
    if (typeof given === 'string' && /^[\x21-\x7e]+$/.test(given)) return given;
  } catch {
    // A page of a proxy, say.
  }
  throw new RegistryUnavailable(`${host} answered no token`);
}
