import { join } from 'node:path';
import { type Client, createClient, type EndpointName, endpoints, pathParameters } from '@sconce/contract';
import { build } from 'vite';
import { describe, expect, it } from 'vitest';
import { slimEndpoints } from './slim-endpoints.ts';

type AnyCall = (input: object) => Promise<unknown>;
interface Sent {
  readonly url: string;
  readonly method: string | undefined;
  readonly headers: readonly string[];
  readonly body: unknown;
}

/** What a client sends for every endpoint: names of headers, since values of keys are new each time. */
async function sentBy(make: typeof createClient): Promise<Record<string, Sent>> {
  const sent: Record<string, Sent> = {};
  let name = '';
  const fetch = async (url: string | URL | Request, init: RequestInit = {}) => {
    const headers = [...new Headers(init.headers).keys()].sort();
    sent[name] = { url: String(url), method: init.method, headers, body: init.body };
    return new Response('{}');
  };
  const client: Client = make({ baseUrl: 'http://api.test', fetch });
  for (name of Object.keys(endpoints)) {
    const { path } = endpoints[name as EndpointName];
    const params = Object.fromEntries(pathParameters(path).map((parameter) => [parameter, 'a/b']));
    await (client[name as 'getMe'] as unknown as AnyCall)({
      params,
      query: { limit: 1 },
      body: { a: 1 },
      ifMatch: '"1"',
    });
  }
  return sent;
}

/** The client as it goes into the page. */
async function bundledClient(): Promise<{ code: string; createClient: typeof createClient }> {
  const entry = 'virtual:client';
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { conditions: ['sconce-source', 'module', 'browser', 'production'] },
    plugins: [
      {
        name: 'entry',
        resolveId: (id, importer) => (id === entry ? join(import.meta.dirname, 'client-entry.ts') : importer && null),
        load: (id) => (id.endsWith('client-entry.ts') ? "export { createClient } from '@sconce/contract';" : null),
      },
      slimEndpoints(),
    ],
    build: { write: false, minify: true, rolldownOptions: { input: entry, preserveEntrySignatures: 'strict' } },
  });
  const [chunk] = (Array.isArray(built) ? built : [built]).flatMap((one) => ('output' in one ? one.output : []));
  if (chunk?.type !== 'chunk') throw new Error('nothing was bundled');
  const url = `data:text/javascript;base64,${Buffer.from(chunk.code).toString('base64')}`;
  return { code: chunk.code, ...((await import(/* @vite-ignore */ url)) as { createClient: typeof createClient }) };
}

describe('the bundled client', () => {
  it('sends what the whole one sends, without its schemas', async () => {
    const { code, createClient: bundled } = await bundledClient();
    const slim = await sentBy(bundled);
    expect(Object.keys(slim).length).toBeGreaterThan(50);
    expect(slim).toEqual(await sentBy(createClient));
    expect(code.length).toBeLessThan(40_000);
    expect(code).not.toContain('invalid_type');
  });
});
