import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { asCode, type CodedCall } from './call-code.ts';

const url = 'http://127.0.0.1:7480/vision/production/resnet50/predict?top=3';
const file: CodedCall = {
  url,
  method: 'POST',
  headers: {},
  input: { kind: 'file', type: 'image/jpeg', name: 'cat.jpg', field: 'image' },
};
const hostile = `it's "$(id)" \`id\`\n\u2028</script>\\`;

describe('asCode', () => {
  it('says the same call three times', () => {
    expect(asCode('curl', file)).toBe(`curl -X POST '${url}' \\\n  -F 'image=@cat.jpg;type=image/jpeg'`);
    expect(asCode('curl', { url: 'http://h/x', method: 'GET', headers: {}, input: { kind: 'none' } })).toBe(
      'curl http://h/x',
    );
    expect(asCode('curl', { ...file, input: { ...file.input, field: null } as CodedCall['input'] })).toContain(
      '--data-binary @cat.jpg',
    );
    expect(asCode('Python', file)).toContain('files = {"image": ("cat.jpg", file, "image/jpeg")}');
    expect(asCode('JavaScript', file)).toContain('form.set("image", file, "cat.jpg")');
  });

  it('lets no text of anybody out of its quotes', () => {
    const call: CodedCall = {
      url,
      method: 'POST',
      headers: { 'X-Key': `a'b"c` },
      input: { kind: 'text', type: 'application/json', text: hostile },
    };
    const said = asCode('curl', call).replace(/^curl/, "printf '%s\\0'");
    const words = execFileSync('/bin/sh', ['-c', said], { encoding: 'utf8' }).split('\0');
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
