import type { CallExample } from '@sconce/contract';
import { describe, expect, it } from 'vitest';
import { asCode } from '../../../words/call-code.ts';
import { readOperations } from '../../../words/open-api.ts';
import { type CallDraft, draftOf, mistakeIn, toCall, toCoded, withFile, withFiles } from '../call-draft.ts';
import { fromExample, toExample } from '../kept-draft.ts';
import { type FormEntry, makeEntry, mistakeInForm } from './form-entries.ts';

const schema = {
  required: ['image', 'prompt'],
  properties: {
    image: { type: 'string', format: 'binary' },
    prompt: { type: 'string' },
    steps: { type: 'integer' },
    safe: { type: 'boolean' },
    masks: { type: 'array', items: { type: 'string', format: 'binary' } },
  },
};
const operations = readOperations({
  paths: { '/draw': { post: { requestBody: { content: { 'multipart/form-data': { schema } } } } } },
});
const begun = () => draftOf(operations[0] ?? expect.unreachable());
const picture = new File(['\x89PNG\r\n\n'], 'a "cat".png', { type: 'image/png' });

const entriesIn = ({ input }: CallDraft) => (input.kind === 'form' ? input.entries : []);
const formOf = (entries: readonly FormEntry[], type: 'multipart/form-data' | 'application/x-www-form-urlencoded') =>
  ({ method: 'POST', path: '/draw', headers: '', input: { kind: 'form', type, entries } }) satisfies CallDraft;
const filled = (draft: CallDraft, values: Readonly<Record<string, FormEntry['value']>>): CallDraft =>
  formOf(
    entriesIn(draft).map((entry) => (entry.name in values ? { ...entry, value: values[entry.name] ?? null } : entry)),
    'multipart/form-data',
  );
const namesIn = (body: unknown) => (body instanceof FormData ? [...body.keys()] : []);

/** As it goes over the wire, with the boundary named alike. */
async function wire(body: FormData | string | Blob | null): Promise<string> {
  const text = Buffer.from(await new Response(body).arrayBuffer()).toString('latin1');
  const [boundary = ''] = text.split('\r\n', 1);
  return body instanceof FormData ? text.replaceAll(boundary, '--boundary') : text;
}

describe('a form', () => {
  it('begins with what the service asks for, and says what is missing', () => {
    const draft = begun();
    expect(entriesIn(draft).map(({ name, value }) => [name, value])).toEqual([
      ['image', null],
      ['prompt', ''],
      ['steps', ''],
      ['safe', ''],
      ['masks', null],
    ]);
    expect(mistakeIn(draft)).toBe('Choose a file for image.');
    expect(mistakeIn(filled(draft, { image: picture }))).toBe('Fill in prompt.');
    expect(mistakeIn(filled(draft, { image: picture, prompt: 'a' }))).toBeNull();
  });

  it('leaves out what nobody filled in and the service does not ask for', () => {
    const draft = filled(begun(), { image: picture, prompt: 'a', safe: 'false' });
    expect(namesIn(toCall('s', draft).body)).toEqual(['image', 'prompt', 'safe']);
    // What somebody added by hand is meant, empty or not.
    const byHand = formOf([...entriesIn(draft), makeEntry('note', '')], 'multipart/form-data');
    expect(namesIn(toCall('s', byHand).body)).toEqual(['image', 'prompt', 'safe', 'note']);
  });

  it.each([
    ['Give each field a name.', [makeEntry('', 'x')]],
    ['Choose a file for image.', [makeEntry('image', null)]],
    ['Fill in a field, or add one.', []],
    [
      expect.stringMatching(/^This is 33 MiB; through the platform 32 MiB/),
      [makeEntry('a', new File([new Uint8Array(33 * 1_048_576)], 'a'))],
    ],
  ])('says %j', (mistake, entries) => {
    expect(mistakeInForm('multipart/form-data', entries)).toEqual(mistake);
  });

  it('that is urlencoded takes no file, and is a text', () => {
    const type = 'application/x-www-form-urlencoded';
    expect(mistakeInForm(type, [makeEntry('a', picture)])).toContain('multipart/form-data only');
    const call = toCall('s', formOf([makeEntry('a', 'x y&z=ü\n'), makeEntry('a', '')], type));
    expect([call.type, call.body]).toEqual([type, 'a=x+y%26z%3D%C3%BC%0A&a=']);
    expect(toCoded('http://h', formOf([makeEntry('a', 'b c')], type)).input).toEqual({
      kind: 'text',
      type,
      text: 'a=b+c',
    });
  });

  it('takes dropped files where they are missing, beside those that may be many, else in place of the last', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => new File(['x'], name));
    const draft = await withFiles(
      begun(),
      [a, b, c].flatMap((file) => file ?? []),
    );
    const files = entriesIn(draft).flatMap(({ name, value }) => (value instanceof File ? [[name, value.name]] : []));
    expect(files).toEqual([
      ['image', 'a'],
      ['masks', 'b'],
      ['masks', 'c'],
    ]);
    const one = formOf([makeEntry('image', picture)], 'multipart/form-data');
    expect(entriesIn(await withFile(one, new File(['x'], 'b'))).map(({ value }) => (value as File).name)).toEqual([
      'b',
    ]);
    const none = formOf([makeEntry('a', 'b')], 'multipart/form-data');
    expect(entriesIn(await withFile(none, picture)).map(({ name }) => name)).toEqual(['a', 'file']);
  });

  it('is the same call as JavaScript, byte for byte', async () => {
    const odd = 'it\'s "$x"\nüber\r\n\u2028\\';
    const draft = formOf(
      [makeEntry('prompt', odd), makeEntry('image', picture), makeEntry('na"me', 'x'), makeEntry('image', picture)],
      'multipart/form-data',
    );
    const script = asCode('JavaScript', toCoded('http://h', draft))
      .replace(/^import .*$/m, '')
      .replace(/^console.*$/m, '');
    let sent: RequestInit = {};
    const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor as FunctionConstructor;
    await new AsyncFunction('openAsBlob', 'fetch', script)(
      async (_: string, { type }: { type: string }) => new Blob([picture], { type }),
      (_: string, init: RequestInit) => {
        sent = init;
      },
    );
    const page = await wire(toCall('s', draft).body);
    expect(await wire(sent.body as FormData)).toBe(page);
    expect(page).toContain('name="prompt"\r\n\r\nit\'s "$x"\r\n');
  });
});

describe('an example of a form', () => {
  const kept = async (draft: CallDraft): Promise<CallExample> => ({
    ...(JSON.parse(JSON.stringify(await toExample(draft))) as CallExample),
    name: 'n',
    updatedBy: null,
    updatedAt: '',
  });

  it('brings its texts and files back, with what the service says of them', async () => {
    const draft = filled(begun(), { image: picture, prompt: 'a', safe: 'true' });
    const again = fromExample(await kept(draft), operations);
    expect(await wire(toCall('s', again).body)).toBe(await wire(toCall('s', draft).body));
    expect(entriesIn(again).find(({ name }) => name === 'prompt')?.field?.required).toBe(true);
    // What was left out can still be filled in.
    expect(
      entriesIn(again)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['image', 'masks', 'prompt', 'safe', 'steps']);
    // Of another service, or another path, they are fields by hand.
    expect(entriesIn(fromExample(await kept(draft), [])).every(({ field }) => field === null)).toBe(true);
  });

  it('keeps names of files that are too large together, and asks for them again', async () => {
    const large = new File([new Uint8Array(400_000)], 'large.bin');
    const draft = formOf([makeEntry('a', large), makeEntry('b', large)], 'multipart/form-data');
    const [a, b] = entriesIn(fromExample(await kept(draft), []));
    expect([a?.value instanceof File && a.value.size, b?.value, b?.was]).toEqual([400_000, null, 'large.bin']);
  });

  it('that was kept as a file in a field is a form; a name of it leads nowhere', async () => {
    const body = { kind: 'file', field: 'image', name: '../../etc/passwd', type: 'image/png', base64: 'aGk=' } as const;
    const draft = fromExample({ ...(await kept(begun())), body }, []);
    expect(entriesIn(draft).map(({ name, value }) => [name, (value as File).name])).toEqual([['image', 'passwd']]);
    expect(fromExample({ ...(await kept(begun())), body: { ...body, field: null } }, []).input.kind).toBe('file');
  });
});
