import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** An API server that answers each request by the next line of its script, as one that is in trouble does. */
export interface ScriptedApi {
  readonly url: string;
  /** Of all requests so far: `GET /api/v1/pods?...`. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

export async function startScriptedApi(script: readonly Answer[], after: Answer): Promise<ScriptedApi> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const answer = script[asked.length] ?? after;
    asked.push(`${request.method} ${request.url}`);
    request.resume();
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export const status =
  (code: number, body: object = {}, headers: Readonly<Record<string, string>> = {}): Answer =>
  (_, response) => {
    response.writeHead(code, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };

/** A stream of these lines, which then stays open, ends, or breaks off. */
export const lines =
  (texts: readonly string[], then: 'stay' | 'end' | 'break'): Answer =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    for (const text of texts) response.write(text);
    if (then === 'end') response.end();
    if (then === 'break') setImmediate(() => response.destroy());
  };

export const breakOff: Answer = (request) => void request.socket.destroy();
