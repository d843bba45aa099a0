import { z } from 'zod';
import { sessionCookieNames } from './access/session-cookie.ts';
import { endpoints } from './endpoints.ts';
import { type Endpoint, pathParameters, takesKey } from './shape/endpoint.ts';
import { problemSchema } from './shape/problem.ts';

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document, made from the endpoint table and nothing else. */
export function toOpenApi(serverUrl = '/'): Json {
  const components: Record<string, Json> = {};
  addComponent(components, 'Problem', problemSchema, 'output');
  const paths: Record<string, Json> = {};
  for (const [name, endpoint] of Object.entries(endpoints) as [string, Endpoint][]) {
    const operation = { [endpoint.method.toLowerCase()]: toOperation(name, endpoint, components) };
    paths[endpoint.path] = { ...paths[endpoint.path], ...operation };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sconce',
      version: '1',
      description: 'git push to a running PyTorch inference service, on your own machines.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: serverUrl }],
    security: [{ token: [] }, { session: [] }],
    paths,
    components: {
      schemas: components,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: sessionCookieNames.secure },
      },
    },
  };
}

function toOperation(name: string, endpoint: Endpoint, components: Record<string, Json>): Json {
  const reply = addComponent(components, `${capital(name)}Reply`, endpoint.reply, 'output');
  const content: Json = { 'application/json': { schema: reply } };
  if (endpoint.stream) {
    const item = addComponent(components, `${capital(name)}Item`, endpoint.stream, 'output');
    content['text/event-stream'] = {
      schema: {
        type: 'string',
        description:
          'Server-sent events; each `data` is one item as in application/x-ndjson. Resume with Last-Event-ID.',
      },
    };
    content['application/x-ndjson'] = { schema: item };
  }
  return {
    operationId: name,
    summary: endpoint.summary,
    tags: [endpoint.path.split('/')[2] ?? ''],
    'x-permission': endpoint.permission,
    ...(endpoint.permission === 'public' ? { security: [] } : {}),
    parameters: [
      ...pathParameters(endpoint.path).map(toPathParameter),
      ...toQueryParameters(endpoint),
      ...toHeaderParameters(endpoint),
    ],
    ...(endpoint.body
      ? {
          requestBody: {
            required: true,
            content: {
              [bodyType(endpoint)]: {
                schema: addComponent(components, `${capital(name)}Body`, endpoint.body, 'input'),
              },
            },
          },
        }
      : {}),
    responses: {
      [endpoint.status]: {
        description: 'Done.',
        headers: { ETag: { schema: { type: 'string' } }, 'X-Request-Id': { schema: { type: 'string' } } },
        content,
      },
      default: {
        description: 'A problem.',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function bodyType(endpoint: Endpoint): string {
  return endpoint.method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
}

/** Adds a schema, and the nouns inside it by their own names; where it is a noun itself, that name is answered. */
function addComponent(components: Record<string, Json>, name: string, schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $defs = {}, ...json } = toJsonSchema(schema, io) as Json & { $defs?: Record<string, Json> };
  for (const [noun, { id: _, ...definition }] of Object.entries($defs)) components[noun] = definition;
  if (Object.keys(json).join() === '$ref') return json;
  components[name] = json;
  return { $ref: `#/components/schemas/${name}` };
}

function toPathParameter(name: string): Json {
  return { name, in: 'path', required: true, schema: { type: 'string', minLength: 1, maxLength: 200 } };
}

function toQueryParameters(endpoint: Endpoint): Json[] {
  const { properties = {}, required = [] } = toJsonSchema(endpoint.query, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
    ...(schema.type === 'array' ? { style: 'form', explode: false } : {}),
  }));
}

function toHeaderParameters(endpoint: Endpoint): Json[] {
  const header = (name: string, description: string) => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  });
  if (endpoint.stream) return [header('Last-Event-ID', 'Where a stream goes on.')];
  if (endpoint.method === 'GET') return [header('If-None-Match', 'Answers 304 when nothing changed.')];
  return [
    ...(takesKey(endpoint)
      ? [header('Idempotency-Key', 'Kept 24 hours: the same key and body replay the first answer.')]
      : []),
    ...(endpoint.method === 'POST' ? [] : [header('If-Match', 'Answers 412 when it was changed meanwhile.')]),
  ];
}

/** zod's own JSON Schema (2020-12, as OpenAPI 3.1 has it); fields that are text in a query show what they mean instead. */
function toJsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      const shown = jsonSchema as Json;
      const meant = shown.openapi;
      if (!meant) return;
      for (const key of Object.keys(shown)) if (key !== 'description') delete shown[key];
      Object.assign(shown, meant);
    },
  }) as Json;
  return JSON.parse(JSON.stringify(json).replaceAll('"#/$defs/', '"#/components/schemas/')) as Json;
}

const capital = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
