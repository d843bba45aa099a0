import { RegistryUnavailable } from '../registry-unavailable.ts';
import { authorize, type Credentials } from './authorize.ts';
import { parseChallenge } from './parse-challenge.ts';
import { readBody } from './read-body.ts';
import type { RegistryAddress } from './registry-address.ts';

export interface DistributionRequest {
  readonly method: 'GET' | 'HEAD' | 'DELETE';
  /** Under `/v2/<name>/`: `manifests/sha256:...`; or a link that the registry gave, which begins with a slash. */
  readonly path: string;
  readonly accept?: string;
}

export interface DistributionAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** One repository of a registry. Throws `RegistryUnavailable` on all but success and what is in `alsoFine`. */
export interface DistributionApi {
  (attempt: string, request: DistributionRequest, alsoFine: readonly number[]): Promise<DistributionAnswer>;
  /** The body of a GET as it comes, which may take long; only its beginning has a time limit. */
  stream(attempt: string, path: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

const timeoutMs = 30_000;
/** More than any manifest or configuration: registries take manifests of 4 MiB. */
const mostBytes = 8 * 1024 * 1024;

export function createDistributionApi(address: RegistryAddress, credentials: Credentials | null): DistributionApi {
  const { origin, name } = address;
  /** By method: a token to read is none to delete. Kept until it is refused. */
  const authorizations = new Map<string, string>();

  async function send({ method, path, accept }: DistributionRequest, signal: AbortSignal): Promise<Response> {
    const authorization = authorizations.get(method);
    const headers = {
      ...(accept === undefined ? {} : { accept }),
      ...(authorization === undefined ? {} : { authorization }),
    };
    return fetch(new URL(path.startsWith('/') ? path : `/v2/${name}/${path}`, origin), { method, headers, signal });
  }

  async function sendAuthorized(request: DistributionRequest, signal: AbortSignal): Promise<Response> {
    const response = await send(request, signal);
    if (response.status !== 401) return response;
    const challenge = parseChallenge(response.headers.get('www-authenticate'));
    await response.body?.cancel();
    if (challenge === null) return response;
    authorizations.set(request.method, await authorize(challenge, credentials, origin, signal));
    return send(request, signal);
  }

  async function begin(
    request: DistributionRequest,
    alsoFine: readonly number[],
    signal: AbortSignal,
  ): Promise<Response> {
    const response = await sendAuthorized(request, signal);
    if (response.ok || alsoFine.includes(response.status)) return response;
    await response.body?.cancel();
    throw new RegistryUnavailable(`the registry answered ${response.status}${whatToDo(response.status)}`);
  }

  const failed = (attempt: string, cause: unknown): RegistryUnavailable =>
    new RegistryUnavailable(`could not ${attempt} at ${origin}/${name}: ${toWords(cause)}`, { cause });

  const ask = async (attempt: string, request: DistributionRequest, alsoFine: readonly number[]) => {
    try {
      const response = await begin(request, alsoFine, AbortSignal.timeout(timeoutMs));
      const { status, headers } = response;
      return { status, headers, body: await readBody(response, mostBytes) };
    } catch (cause) {
      throw failed(attempt, cause);
    }
  };
  const stream = async (attempt: string, path: string, signal: AbortSignal) => {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new Error('no answer in time')), timeoutMs);
    try {
      const response = await begin({ method: 'GET', path }, [], AbortSignal.any([signal, late.signal]));
      return response.body ?? [];
    } catch (cause) {
      signal.throwIfAborted();
      throw failed(attempt, cause);
    } finally {
      clearTimeout(timer);
    }
  };
  return Object.assign(ask, { stream: stream as DistributionApi['stream'] });
}

function whatToDo(status: number): string {
  if (status === 401 || status === 403)
    return '; check its username and password, and that they may pull and delete there';
  if (status === 405) return '; it does not let images be deleted: allow it there';
  return status === 429 ? '; it has had too many requests' : '';
}

function toWords(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string } };
  // fetch says "fetch failed", and why in the cause.
  const why = error instanceof RegistryUnavailable ? message : cause?.message || message;
  return (why ?? String(error)).slice(0, 300);
}
