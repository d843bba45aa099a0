import { RuntimeUnavailable } from '@sconce/ports';

/** What the API server says of a request that it did not carry out (`meta/v1` `Status`). */
export interface ApiStatus {
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly retryAfterSeconds?: number };
}

/** The API server answered, and said no. */
export class KubernetesRefused extends Error {
  override readonly name = 'KubernetesRefused';
  readonly statusCode: number;
  /** `AlreadyExists`, `Conflict`, `Forbidden`; empty where it says none. */
  readonly apiReason: string;
  /** The API server's own words. */
  readonly detail: string;

  constructor(attempt: string, statusCode: number, status: ApiStatus) {
    const detail = (status.message ?? '').slice(0, 2_000);
    super(`${attempt}: the Kubernetes API answered ${statusCode}: ${detail}`);
    this.statusCode = statusCode;
    this.apiReason = status.reason ?? '';
    this.detail = detail;
  }
}

/** `attempt` says what was tried: `listing pods`. */
export function toUnavailable(attempt: string, cause: unknown): RuntimeUnavailable {
  const { message, cause: inner } = cause as { message?: string; cause?: { message?: string } };
  const why = inner?.message ?? message ?? String(cause);
  return new RuntimeUnavailable(`${attempt}: the Kubernetes API does not answer (${why.slice(0, 300)})`, {
    cause,
    who: 'The Kubernetes API',
  });
}

/** The answer of an API server that said no, as an error; one that cannot serve anybody now is as good as away. */
export function toRefusal(attempt: string, statusCode: number, body: Buffer): Error {
  const text = body.toString('utf8');
  let status: ApiStatus = { message: text.slice(0, 500) };
  try {
    status = JSON.parse(text) as ApiStatus;
  } catch {
    // A proxy before the API server answers in words of its own.
  }
  const refused = new KubernetesRefused(attempt, statusCode, status);
  // Its own store is away, or it is starting or stopping.
  return statusCode >= 500 || statusCode === 429 ? toUnavailable(attempt, refused) : refused;
}

export function isNotFound(error: unknown): boolean {
  return error instanceof KubernetesRefused && error.statusCode === 404;
}

/** Somebody changed the object since it was read, or made one of that name. */
export function isConflict(error: unknown): boolean {
  return error instanceof KubernetesRefused && error.statusCode === 409;
}

/** Not among the rights of whoever asks; a namespace that is being removed is no matter of rights. */
export function isForbidden(error: unknown): boolean {
  return error instanceof KubernetesRefused && error.statusCode === 403 && !isNamespaceTerminating(error);
}

/** Nothing more can be made in a namespace that is being removed. */
export function isNamespaceTerminating(error: unknown): boolean {
  return error instanceof KubernetesRefused && error.statusCode === 403 && /being terminated/i.test(error.detail);
}
