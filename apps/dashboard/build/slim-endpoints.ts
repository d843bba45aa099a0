import { endpoints } from '@sconce/contract';
import type { Plugin } from 'vite';

/**
 * Puts the contract's table of endpoints into the bundle without its schemas, and zod with them: sending needs methods and paths, and whether
 * there is a body or a stream. The server checks what is sent; types are checked before this runs.
 */
export function slimEndpoints(): Plugin {
  return {
    name: 'slim-endpoints',
    load(id) {
      return /libs\/contract\/(?:src\/endpoints\.ts|dist\/endpoints\.js)$/.test(id)
        ? `export const endpoints = ${JSON.stringify(slimTable())};`
        : null;
    },
  };
}

/** All of each endpoint but its words and its schemas; of body and stream, which may be absent, that there is one. */
function slimTable(): Record<string, object> {
  return Object.fromEntries(
    Object.entries(endpoints).map(([name, { summary: _, query: __, reply: ___, body, stream, ...rest }]) => [
      name,
      { ...rest, body: body === null ? null : {}, stream: stream === null ? null : {} },
    ]),
  );
}
