import { connect } from 'node:net';

export interface ProbeTarget {
  readonly host: string;
  readonly port: number;
  /** Null: a connection is answer enough. */
  readonly path: string | null;
  readonly connectTimeoutMs: number;
  readonly timeoutMs: number;
}

/** Null when it answered well; else what it did, in words. */
export type ProbeResult = string | null;

/** After the verdict the rest of the answer is read away, so that the server does not log a broken pipe at each probe. */
const drainMs = 1_000;
const drainBytes = 65_536;
const longestHead = 8_192;

/** One try. Never rejects. The signal only ends it sooner. */
export function probeOnce(target: ProbeTarget, signal: AbortSignal): Promise<ProbeResult> {
  const { host, port, path } = target;
  const { promise, resolve } = Promise.withResolvers<ProbeResult>();
  const socket = connect({ host, port, noDelay: true });
  const end = () => socket.destroy();
  signal.addEventListener('abort', end, { once: true });
  let timer = setTimeout(
    () => fail(`port ${port} took no connection within ${target.connectTimeoutMs} ms`),
    target.connectTimeoutMs,
  );
  let isDecided = false;

  function decide(result: ProbeResult): void {
    if (isDecided) return;
    isDecided = true;
    resolve(result);
  }
  function fail(words: string): void {
    decide(words);
    socket.destroy();
  }

  socket.on('connect', () => {
    clearTimeout(timer);
    if (path === null) {
      decide(null);
      return end();
    }
    timer = setTimeout(() => fail(`GET ${path} was not answered within ${target.timeoutMs} ms`), target.timeoutMs);
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nUser-Agent: sconce-probe\r\nAccept: */*\r\nConnection: close\r\n\r\n`,
    );
    readAnswer(socket, (status) => {
      clearTimeout(timer);
      decide(status === null ? `GET ${path} was not answered in HTTP` : judge(path, status));
      timer = setTimeout(end, drainMs);
    });
  });
  socket.on('error', (error: NodeJS.ErrnoException) => fail(toWords(error, port)));
  socket.on('close', () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    decide(path === null ? 'the probe was ended' : `GET ${path} was answered by closing the connection`);
  });
  return promise;
}

function judge(path: string, status: number): ProbeResult {
  return status >= 200 && status <= 399 ? null : `GET ${path} answered ${status}`;
}

/** Calls once with the status of the final answer, null when it is no HTTP; then only counts bytes. */
function readAnswer(socket: ReturnType<typeof connect>, onStatus: (status: number | null) => void): void {
  let head = '';
  let bytes = 0;
  let isDone = false;
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (isDone) {
      if (bytes > drainBytes) socket.destroy();
      return;
    }
    head += chunk.toString('latin1');
    const status = parseStatus(head);
    if (status === undefined && head.length < longestHead) return;
    isDone = true;
    onStatus(status ?? null);
  });
}

/** Undefined while there is not enough to tell. Informational answers (1xx) are passed over. */
export function parseStatus(head: string): number | null | undefined {
  const line = /^HTTP\/1\.[01] (\d{3})(?: [^\r\n]*)?\r?\n/.exec(head);
  if (line === null) {
    const isBroken = head.includes('\n') || !'HTTP/1.'.startsWith(head.slice(0, 7));
    return isBroken ? null : undefined;
  }
  const status = Number(line[1]);
  if (status >= 200) return status;
  const end = /\r?\n\r?\n/.exec(head);
  return end === null ? undefined : parseStatus(head.slice(end.index + end[0].length));
}

function toWords(error: NodeJS.ErrnoException, port: number): string {
  if (error.code === 'ECONNREFUSED') return `nothing listens on port ${port}`;
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return `port ${port} reset the connection`;
  return `port ${port} cannot be reached (${error.code ?? error.message})`;
}
