import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { type Endpoint, endpoints, pathParameters, scopes, toOpenApi } from './index.ts';

const table = Object.entries(endpoints) as [string, Endpoint][];

describe('the endpoint table', () => {
  it('has one endpoint per method and path', () => {
    const lines = table.map(([, endpoint]) => `${endpoint.method} ${endpoint.path.replace(/\{\w+\}/g, '{}')}`);
    expect(new Set(lines).size).toBe(lines.length);
  });

  it.each(table)('%s states a permission, and follows the rules of paths', (_, endpoint) => {
    expect([...scopes, 'known', 'public']).toContain(endpoint.permission);
    expect(endpoint.path).toMatch(/^\/v1(?:\/[a-z-]+|\/\{[a-zA-Z]+\})+$/);
    expect(endpoint.path.split('/').length).toBeLessThanOrEqual(6);
  });

  it.each(table)('%s refuses what it does not know in query and body', (_, endpoint) => {
    expect(unknownKeyOf(endpoint.query, { surprise: '1' })).toContain('surprise');
    if (endpoint.body && !isRecord(endpoint.body)) {
      const kinds = [undefined, 'builtin', 'github', 'personal', 'service', 'deploy'];
      const seen = kinds.flatMap((kind) =>
        unknownKeyOf(endpoint.body as z.ZodType, { ...(kind ? { kind } : {}), surprise: '1' }),
      );
      expect(seen).toContain('surprise');
    }
  });

  it.each(table.filter(([, endpoint]) => endpoint.method !== 'GET'))('%s takes dryRun', (_, endpoint) => {
    // What is relayed says where to; every other write needs nothing in its query.
    const needed = endpoint.relays ? { method: 'GET', path: '/' } : {};
    const read = endpoint.query.safeParse({ ...needed, dryRun: 'true' });
    expect(read).toMatchObject({ success: true, data: { dryRun: true } });
  });
});

describe('toOpenApi', () => {
  const document = JSON.parse(JSON.stringify(toOpenApi('http://127.0.0.1:7400'))) as {
    openapi: string;
    paths: Record<string, Record<string, { parameters: { name: string; in: string }[] }>>;
    components: { schemas: object };
  };

  it('names every endpoint, and every parameter of its path', () => {
    for (const [name, endpoint] of table) {
      const operation = document.paths[endpoint.path]?.[endpoint.method.toLowerCase()];
      expect(operation).toMatchObject({ operationId: name });
      const named = operation?.parameters
        .filter((parameter) => parameter.in === 'path')
        .map((parameter) => parameter.name);
      expect(named).toEqual(pathParameters(endpoint.path));
    }
  });

  it('refers to nothing that is not there', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
      (match) => match[1],
    );
    expect(references.length).toBeGreaterThan(100);
    expect(references.filter((name) => !Object.hasOwn(document.components.schemas, name ?? ''))).toEqual([]);
    expect(JSON.stringify(document)).not.toContain('$defs');
  });
});

function unknownKeyOf(schema: z.ZodType, value: object): string[] {
  const result = schema.safeParse(value);
  if (result.success) return [];
  return result.error.issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : []));
}

function isRecord(schema: z.ZodType): boolean {
  return schema.type === 'record';
}
