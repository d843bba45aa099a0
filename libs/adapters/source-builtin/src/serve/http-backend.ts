import { basename, dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { gitEnvironment, type StreamingProcess, spawnStreaming } from '@sconce/foundation';

export type GitServicePath = 'info/refs' | 'git-upload-pack' | 'git-receive-pack';

export interface BackendRequest {
  /** Absolute, `<something>.git`. */
  readonly repository: string;
  readonly path: GitServicePath;
  readonly method: string;
  readonly query: string;
  readonly contentType: string | undefined;
  /** The `Git-Protocol` header. */
  readonly protocol: string | undefined;
  readonly user: string;
}

/** Starts `git http-backend` as a CGI program (RFC 3875). It gets only what it needs: no header of the request reaches it unasked. */
export function startHttpBackend(request: BackendRequest, timeoutMs: number, signal: AbortSignal): StreamingProcess {
  const protocol = request.protocol ?? '';
  return spawnStreaming('git', ['http-backend'], {
    cwd: '/',
    timeoutMs,
    signal,
    env: {
      ...gitEnvironment({ 'safe.directory': request.repository }),
      GIT_PROJECT_ROOT: dirname(request.repository),
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: `/${basename(request.repository)}/${request.path}`,
      REQUEST_METHOD: request.method,
      QUERY_STRING: request.query,
      REMOTE_USER: request.user,
      // Goes into reflogs as the committer; an address is nobody's business there.
      REMOTE_ADDR: 'sconce',
      ...(request.contentType === undefined ? {} : { CONTENT_TYPE: request.contentType }),
      ...(/^[\w=:.-]{1,80}$/.test(protocol) ? { GIT_PROTOCOL: protocol } : {}),
    },
  });
}

export interface BackendHead {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

const largestHeadBytes = 65_536;

/** Reads the CGI headers off the output; what follows stays in the stream. Null when the program ended without any. */
export async function readBackendHead(stdout: Readable): Promise<BackendHead | null> {
  let held = Buffer.alloc(0);
  for (;;) {
    const chunk = (stdout.read() as Buffer | null) ?? (await nextChunk(stdout));
    if (chunk === null) return null;
    held = Buffer.concat([held, chunk]);
    const end = held.indexOf('\r\n\r\n');
    if (end !== -1) {
      const rest = held.subarray(end + 4);
      if (rest.byteLength > 0) stdout.unshift(rest);
      return parseHead(held.toString('latin1', 0, end));
    }
    if (held.byteLength > largestHeadBytes) return null;
  }
}

/** Resolves with the next piece, or null at the end. */
async function nextChunk(stdout: Readable): Promise<Buffer | null> {
  if (stdout.readableEnded || stdout.destroyed) return null;
  await new Promise<void>((resolve) => {
    const done = () => {
      for (const event of ['readable', 'end', 'close', 'error']) stdout.off(event, done);
      resolve();
    };
    for (const event of ['readable', 'end', 'close', 'error']) stdout.once(event, done);
  });
  return stdout.read() as Buffer | null;
}

function parseHead(text: string): BackendHead {
  const headers = text.split('\r\n').map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
  const status = headers.find(([name]) => name.toLowerCase() === 'status')?.[1];
  return {
    status: status === undefined ? 200 : Number.parseInt(status, 10),
    headers: headers.filter(([name]) => name !== '' && name.toLowerCase() !== 'status'),
  };
}
