import { describe, expect, it } from 'vitest';
import { readFields } from './form-fields.ts';

const read = (properties: object, required: unknown = []) => readFields({}, { properties, required });

describe('readFields', () => {
  it('reads each property as the field that takes it', () => {
    const fields = read(
      {
        image: { type: 'string', format: 'binary', description: 'A photo' },
        sound: { type: 'string', contentMediaType: 'audio/wav' },
        prompt: { type: 'string', example: 'a cat' },
        steps: { type: 'integer', default: 20 },
        scale: { type: ['number', 'null'] },
        safe: { type: 'boolean', default: true },
        mode: { enum: ['fast', 'good'], default: 'good' },
        thumb: { type: 'string', contentMediaType: 'image/png', contentEncoding: 'base64' },
        options: { type: 'object', default: { a: 1 } },
      },
      ['image', 'prompt'],
    );
    expect(fields.map(({ name, shape, required, initial }) => [name, shape, required, initial])).toEqual([
      ['image', 'file', true, ''],
      ['sound', 'file', false, ''],
      ['prompt', 'text', true, 'a cat'],
      ['steps', 'number', false, '20'],
      ['scale', 'number', false, ''],
      ['safe', 'checkbox', false, 'true'],
      ['mode', 'select', false, 'good'],
      ['thumb', 'text', false, ''],
      ['options', 'text', false, '{"a":1}'],
    ]);
    expect(fields[0]?.about).toBe('A photo');
    expect(fields[6]?.choices).toEqual(['fast', 'good']);
  });

  it('reads what FastAPI writes: lists of files, and what may be null', () => {
    const fields = read(
      {
        files: { type: 'array', items: { type: 'string', format: 'binary' } },
        mask: { anyOf: [{ type: 'string', format: 'binary' }, { type: 'null' }], title: 'Mask' },
        seed: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
        size: { allOf: [{ enum: ['s', 'm'] }], default: 'm' },
        tags: { type: 'array', items: { type: 'string' }, default: ['a'] },
      },
      ['files', 'size'],
    );
    expect(fields.map(({ name, shape, many, initial }) => [name, shape, many, initial])).toEqual([
      ['files', 'file', true, ''],
      ['mask', 'file', false, ''],
      ['seed', 'number', false, ''],
      ['size', 'select', false, 'm'],
      ['tags', 'text', true, ''],
    ]);
  });

  it('begins with something where something is required', () => {
    const fields = read({ mode: { enum: [1, 2] }, sure: { type: 'boolean' }, word: { type: 'string' } }, [
      'mode',
      'sure',
      'word',
    ]);
    expect(fields.map(({ initial }) => initial)).toEqual(['1', 'false', '']);
  });

  it('leaves out names that are none, and does not go on for ever', () => {
    const odd = { 'a\r\nb': {}, ['x'.repeat(101)]: {}, '': {}, ok: null, also: 'text' };
    expect(read(odd).map(({ name, shape }) => [name, shape])).toEqual([
      ['ok', 'text'],
      ['also', 'text'],
    ]);
    expect(read(Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`f${at}`, {}])))).toHaveLength(50);
    expect(read({ n: { type: 'number', default: 'alert(1)' }, s: { enum: ['a'], default: 'b' } })).toMatchObject([
      { initial: '' },
      { initial: '' },
    ]);
    for (const none of [null, 'text', [], { properties: [] }, { properties: 7, required: 3 }])
      expect(readFields({}, none)).toEqual([]);
  });
});
