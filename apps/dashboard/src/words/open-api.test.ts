import { describe, expect, it } from 'vitest';
import { likeliest, readOperations } from './open-api.ts';

const document = {
  openapi: '3.1.0',
  paths: {
    '/': { get: { summary: 'About' } },
    '/healthz': { get: {} },
    '/predict': { post: { summary: 'Predict' } },
    '/upload': {
      post: {
        requestBody: { content: { 'multipart/form-data': { schema: { $ref: '#/components/schemas/Upload' } } } },
      },
    },
    '/score': {
      post: { requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Item' } } } } },
    },
    '/items/{id}': { put: { requestBody: { content: { 'image/png': {} } } } },
    '/token': {
      post: {
        requestBody: {
          content: { 'application/x-www-form-urlencoded': { schema: { properties: { user: { type: 'string' } } } } },
        },
      },
    },
  },
  components: {
    schemas: {
      Upload: { properties: { threshold: { type: 'number' }, image: { type: 'string', format: 'binary' } } },
      Item: {
        type: 'object',
        properties: { text: { type: 'string', example: 'hi' }, many: { type: 'array', items: { type: 'integer' } } },
      },
    },
  },
};

describe('readOperations', () => {
  it('reads methods, paths and how the input is sent', () => {
    const read = readOperations(document);
    expect(read.map(({ method, path, input }) => `${method} ${path} ${input}`)).toEqual([
      'GET / none',
      'GET /healthz none',
      'POST /predict raw',
      'POST /upload form',
      'POST /score json',
      'PUT /items/{id} raw',
      'POST /token form',
    ]);
    expect(read[6]).toMatchObject({ formType: 'application/x-www-form-urlencoded', fields: [{ name: 'user' }] });
    expect(read[3]).toMatchObject({
      formType: 'multipart/form-data',
      fields: [
        { name: 'threshold', shape: 'number' },
        { name: 'image', shape: 'file' },
      ],
    });
    expect(JSON.parse(read[4]?.sample ?? '')).toEqual({ text: 'hi', many: [0] });
  });

  it('begins with what sounds like a model', () => {
    expect(likeliest(readOperations(document))?.path).toBe('/score');
    expect(likeliest(readOperations({ paths: { '/': { get: {} }, '/v1/x': { post: {} } } }))?.path).toBe('/v1/x');
    expect(likeliest([])).toBeNull();
  });

  it.each<{ odd: unknown }>([
    { odd: null },
    { odd: 'text' },
    { odd: [] },
    { odd: { paths: [] } },
    { odd: { paths: { 'no slash': { get: {} }, '/a b': { get: {} }, '/x': { get: 'no', post: null } } } },
    { odd: { paths: { constructor: { get: {} } } } },
  ])('takes %j for what it is', ({ odd }) => {
    expect(readOperations(odd)).toEqual([]);
  });

  it('follows nothing for ever, and nothing out of the document', () => {
    const loop = { $ref: '#/components/schemas/A' };
    const body = { content: { 'application/json': { schema: loop } } };
    const odd = {
      paths: {
        '/x': { post: { requestBody: body } },
        '/y': { post: { requestBody: { $ref: 'https://evil.example/x' } } },
      },
      components: { schemas: { A: { type: 'object', properties: { next: loop, again: loop } } } },
    };
    const [x, y] = readOperations(odd);
    expect(x?.sample?.length).toBeLessThan(20_001);
    expect(y?.input).toBe('raw');
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`/${at}`, { get: {} }]));
    expect(readOperations({ paths: many })).toHaveLength(200);
  });
});
