import { RuntimeUnavailable } from '@sconce/ports';

/** The engine answered, and said no. */
export class EngineRefused extends Error {
  override readonly name = 'EngineRefused';
  readonly statusCode: number;
  /** The engine's own words. */
  readonly detail: string;

  constructor(attempt: string, statusCode: number, detail: string, cause: unknown) {
    super(`${attempt}: the container engine answered ${statusCode}: ${detail}`, { cause });
    this.statusCode = statusCode;
    this.detail = detail;
  }
}

/** The engine's own parts are away: it answers, but can do nothing. */
const engineIsLame =
  /containerd.*(connection refused|no such file|transport)|context deadline exceeded|rpc error: code = Unavailable/i;

/** `attempt` says what was tried: `starting container 1a2b3c`. */
export function toEngineError(attempt: string, error: unknown): Error {
  if (error instanceof EngineRefused || error instanceof RuntimeUnavailable) return error;
  const { statusCode, json, message } = error as { statusCode?: number; json?: unknown; message?: string };
  if (typeof statusCode !== 'number') {
    return new RuntimeUnavailable(`${attempt}: the container engine does not answer (${message ?? String(error)})`, {
      cause: error,
    });
  }
  const detail = (detailOf(json) ?? message ?? '').trim().slice(0, 2_000);
  if (statusCode === 503 || (statusCode >= 500 && engineIsLame.test(detail))) {
    return new RuntimeUnavailable(`${attempt}: the container engine is not ready (${detail})`, { cause: error });
  }
  return new EngineRefused(attempt, statusCode, detail, error);
}

function detailOf(json: unknown): string | null {
  const message = (json as { message?: unknown } | null | undefined)?.message;
  return typeof message === 'string' ? message : null;
}

export function isNotFound(error: unknown): boolean {
  return error instanceof EngineRefused && error.statusCode === 404;
}

export function isConflict(error: unknown): boolean {
  return error instanceof EngineRefused && error.statusCode === 409;
}

export function isNameTaken(error: unknown): boolean {
  return error instanceof EngineRefused && error.statusCode === 409 && /already in use/i.test(error.detail);
}

export function isImageMissing(error: unknown): boolean {
  return (
    error instanceof EngineRefused &&
    error.statusCode === 404 &&
    /no such image|not found: manifest|image.*not found/i.test(error.detail)
  );
}

export function isNetworkMissing(error: unknown): boolean {
  return (
    error instanceof EngineRefused && /network .*not found|could not find .*network|no such network/i.test(error.detail)
  );
}

export function isNetworkInUse(error: unknown): boolean {
  return error instanceof EngineRefused && /has active endpoints/i.test(error.detail);
}

/** The container whose network it was to share is gone or does not run. */
export function isSandboxMissing(error: unknown): boolean {
  return error instanceof EngineRefused && isSandboxMissingMessage(error.detail);
}

export function isSandboxMissingMessage(detail: string): boolean {
  return /cannot join network of|joining network namespace of container|No such container: [0-9a-f]{64}/i.test(detail);
}
