import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { asCode, type CodedCall } from './call-code.ts';

const url = 'http://127.0.0.1:7480/vision/production/resnet50/predict?top=3';
const form = (...parts: Extract<CodedCall['input'], { kind: 'form' }>['parts']): CodedCall => ({
  url,
  method: 'POST',
  headers: {},
  input: { kind: 'form', parts },
});
const cat = { name: 'image', file: 'cat.jpg', type: 'image/jpeg' };
const hostile = `it's "$(id)" \`id\`\n\u2028</script>\\`;

/** What curl is given, word for word. */
const wordsOf = (call: CodedCall) => {
  const said = asCode('curl', call).replace(/^curl/, "printf '%s\\0'");
  return execFileSync('bash', ['-c', said], { encoding: 'utf8' }).split('\0');
};

describe('asCode', () => {
  it('says the same call three times', () => {
    expect(asCode('curl', form(cat))).toBe(`curl -X POST '${url}' \\\n  -F 'image=@cat.jpg;type=image/jpeg'`);
    expect(asCode('curl', { url: 'http://h/x', method: 'GET', headers: {}, input: { kind: 'none' } })).toBe(
      'curl http://h/x',
    );
    const file: CodedCall = { ...form(), input: { kind: 'file', type: 'image/jpeg', name: 'cat.jpg' } };
    expect(asCode('curl', file)).toContain('--data-binary @cat.jpg');
    expect(asCode('Python', form(cat))).toContain('("image", ("cat.jpg", open("cat.jpg", "rb"), "image/jpeg"))');
    expect(asCode('JavaScript', form(cat))).toContain(
      'form.append("image", await openAsBlob("cat.jpg", { type: "image/jpeg" }), "cat.jpg")',
    );
  });

  it('says each field of a form, in its order, as what it is', () => {
    const call = form({ name: 'prompt', text: '@a;type=b' }, cat, {
      name: 'image',
      file: 'a "b"; \\c,d.png',
      type: 'image/png',
    });
    expect(wordsOf(call).filter((_, at, all) => /^-F|--form-string$/.test(all[at - 1] ?? ''))).toEqual([
      'prompt=@a;type=b',
      'image=@cat.jpg;type=image/jpeg',
      'image=@"a \\"b\\"; \\\\c,d.png";type=image/png',
    ]);
    expect(asCode('Python', call)).toContain('    ("prompt", (None, "@a;type=b")),\n    ("image", ("cat.jpg",');
  });

  it('ends the lines of a text in a form as browsers do', () => {
    const call = form({ name: 'prompt', text: "it's \\n\none\r\ntwo\rthree" });
    const sent = "it's \\n\r\none\r\ntwo\r\nthree";
    expect(wordsOf(call)).toContain(`prompt=${sent}`);
    // No line of what is copied is an end of line of the text.
    expect(asCode('curl', call)).not.toContain('\r');
    expect(asCode('Python', call)).toContain(JSON.stringify(sent));
  });

  it('says that curl cannot, where it cannot, and takes `-` for a name', () => {
    expect(asCode('curl', form({ name: 'a=b', text: 'c' }))).toMatch(/^# curl cannot/);
    expect(asCode('curl', form({ ...cat, file: '-' }))).toContain('@./-');
  });

  it('lets no text of anybody out of its quotes', () => {
    const call: CodedCall = {
      url,
      method: 'POST',
      headers: { 'X-Key': `a'b"c` },
      input: { kind: 'text', type: 'application/json', text: hostile },
    };
    const words = wordsOf(call);
    expect(words).toContain(hostile);
    expect(words).toContain(`X-Key: a'b"c`);
    const script = asCode('JavaScript', call).split('\n')[0] ?? '';
    let sent: RequestInit = {};
    new Function('fetch', script.replace('const answer = await ', ''))((_: string, init: RequestInit) => {
      sent = init;
    });
    expect(sent.body).toBe(hostile);
    // JSON's string literals are Python's as well: every escape of theirs means the same there.
    const [, data = ''] = /data=("(?:[^"\\]|\\.)*")\.encode\(\)/.exec(asCode('Python', call)) ?? [];
    expect(JSON.parse(data)).toBe(hostile);
    expect(data).not.toMatch(/[\u2028\n]/);
  });
});
