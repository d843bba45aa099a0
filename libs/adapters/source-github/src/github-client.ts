import type { Log } from '@sconce/foundation';
import { SourceRejected, type SourceRepository, SourceUnavailable } from '@sconce/ports';
import { App, Octokit, RequestError } from 'octokit';

/** How we are known to GitHub: as an App that projects install, or by one token (tests, a single user's own repositories). */
export type GithubAuth =
  | { readonly kind: 'app'; readonly appId: string; readonly privateKey: string }
  | { readonly kind: 'token'; readonly token: string };

export interface GithubClientOptions {
  /** `https://api.github.com`, or `https://<host>/api/v3` of an Enterprise Server. */
  readonly apiUrl: string;
  readonly auth: GithubAuth;
  readonly log: Log;
  /** For one call with all its repetitions. Default 20 s. */
  readonly timeoutMs?: number;
  /** First pause before a call is repeated; it grows with the square of the attempt. Default 1 s. */
  readonly retryPauseMs?: number;
}

export interface GithubClient {
  /**
   * Does one call. Answers null where GitHub says that there is no such thing; throws `SourceUnavailable` for what passes and
   * `SourceRejected` for what does not.
   */
  ask<T>(
    repository: SourceRepository,
    what: string,
    signal: AbortSignal,
    call: (octokit: Octokit, place: CallPlace) => Promise<{ readonly data: T }>,
  ): Promise<T | null>;
  /** A token that git may use for this repository. */
  token(repository: SourceRepository, signal: AbortSignal): Promise<string>;
}

/** What every call needs: the repository's coordinates, and the signal that bounds it. */
export interface CallPlace {
  readonly owner: string;
  readonly repo: string;
  readonly request: { readonly signal: AbortSignal };
}

const defaultTimeoutMs = 20_000;
/** The largest answer we ask for is a file of 1 MiB in base64, or a comparison of 300 files with their patches. */
const largestAnswerBytes = 32 * 1024 * 1024;
/** Longer waits for a rate limit are left to whoever asked: the build is tried again later. */
const longestLimitPauseSeconds = 10;
const repeats = 2;

export function createGithubClient(options: GithubClientOptions): GithubClient {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const Client = Octokit.defaults({
    baseUrl: options.apiUrl.replace(/\/$/, ''),
    userAgent: 'sconce',
    request: { fetch: makeBoundedFetch(timeoutMs), retryAfterBaseValue: options.retryPauseMs ?? 1_000 },
    retry: { retries: repeats },
    throttle: { onRateLimit: waitsFor(options.log), onSecondaryRateLimit: waitsFor(options.log) },
    log: quietly(options.log),
  });
  const octokitOf = makeAuthentication(options.auth, Client);
  return {
    ask: async (repository, what, signal, call) => {
      signal.throwIfAborted();
      const [owner = '', repo = ''] = repository.fullName.split('/');
      const bounded = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      try {
        const octokit = await octokitOf(repository);
        return (await call(octokit, { owner, repo, request: { signal: bounded } })).data;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof RequestError && [404, 409, 410, 422].includes(error.status)) return null;
        throw toSourceError(error, repository, what);
      }
    },
    token: async (repository, signal) => {
      signal.throwIfAborted();
      try {
        const octokit = await octokitOf(repository);
        const { token } = (await octokit.auth({ type: 'installation' })) as { readonly token: string };
        return token;
      } catch (error) {
        throw toSourceError(error, repository, 'asking for a token');
      }
    },
  };
}

type Authentication = (repository: SourceRepository) => Promise<Octokit>;

function makeAuthentication(auth: GithubAuth, Client: typeof Octokit): Authentication {
  if (auth.kind === 'token') {
    const octokit = new Client({ auth: auth.token });
    return async () => octokit;
  }
  // Keeps installation tokens until shortly before they expire.
  const app = new App({ appId: auth.appId, privateKey: auth.privateKey, Octokit: Client });
  return async (repository) => {
    const id = Number(repository.installationId);
    if (!Number.isSafeInteger(id) || id <= 0) {
      throw new SourceRejected(
        `${repository.fullName}: the GitHub App is not installed there. Install it, then connect the repository again.`,
      );
    }
    return app.getInstallationOctokit(id);
  };
}

function toSourceError(error: unknown, repository: SourceRepository, what: string): Error {
  if (error instanceof SourceRejected || error instanceof SourceUnavailable) return error;
  const at = `${repository.fullName}: ${what} failed`;
  if (!(error instanceof RequestError)) {
    return new SourceUnavailable(`${at}: GitHub does not answer (${(error as Error).message})`, { cause: error });
  }
  const limited =
    error.response?.headers['x-ratelimit-remaining'] === '0' || error.response?.headers['retry-after'] !== undefined;
  if (error.status === 429 || limited)
    return new SourceUnavailable(`${at}: GitHub's rate limit is reached`, { cause: error });
  if (error.status === 401)
    return new SourceRejected(`${at}: GitHub does not accept our credentials. Check the App's id and private key.`);
  if (error.status === 403)
    return new SourceRejected(
      `${at}: GitHub does not allow it. Give the App read access to the repository's contents.`,
    );
  return new SourceUnavailable(`${at}: GitHub answered ${error.status}`, { cause: error });
}

/**
 * `fetch` that always ends: in time (the SDK asks for installation tokens without any signal of ours), and with an error where an
 * answer without end would fill the memory.
 */
function makeBoundedFetch(timeoutMs: number) {
  return async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const ends = [AbortSignal.timeout(timeoutMs), ...(init?.signal ? [init.signal] : [])];
    const response = await fetch(url, { ...init, signal: AbortSignal.any(ends) });
    if (response.body === null) return response;
    let bytes = 0;
    const meter = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.byteLength;
        if (bytes > largestAnswerBytes)
          controller.error(new Error(`the answer is larger than ${largestAnswerBytes} bytes`));
        else controller.enqueue(chunk);
      },
    });
    const { status, statusText, headers } = response;
    return new Response(response.body.pipeThrough(meter), { status, statusText, headers });
  };
}

function waitsFor(log: Log) {
  return (pauseSeconds: number, request: unknown, _octokit: unknown, retryCount: number): boolean => {
    log.warn({ pauseSeconds, url: (request as { readonly url?: string }).url }, 'GitHub asks us to slow down');
    return retryCount < repeats && pauseSeconds <= longestLimitPauseSeconds;
  };
}

/** The SDK's own chatter, without its habit of writing to the console. */
function quietly(log: Log) {
  const debug = (message: string) => log.debug({}, message);
  return { debug, info: debug, warn: debug, error: debug };
}
