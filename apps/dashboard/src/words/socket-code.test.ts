import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { asSocketCode, type CodedSocket } from './socket-code.ts';

const url = 'ws://127.0.0.1:7480/vision/production/chat/ws?a=1&b=2';
const plain: CodedSocket = { url, protocols: [], headers: {}, text: null };
const hostile = `it's "$(id)" \`id\`\n\u2028</script>\\`;
const full: CodedSocket = { url, protocols: ['v2.chat', 'chat'], headers: { 'X-Key': `a'b"c` }, text: hostile };

describe('asSocketCode', () => {
  it('says the same socket three times', () => {
    expect(asSocketCode('websocat', plain)).toBe(`websocat '${url}'`);
    expect(asSocketCode('Python', plain)).toContain(`with connect("${url}") as socket:\n    for message in socket:`);
    expect(asSocketCode('JavaScript', plain)).toMatch(/^const socket = new WebSocket\("[^"]+"\);\nsocket\.onmessage/);
    expect(asSocketCode('Python', full)).toContain('subprotocols=["v2.chat","chat"], additional_headers=');
  });

  it('lets no text of anybody out of its quotes', () => {
    const said = asSocketCode('websocat', full).replace('| websocat', `| cat - /dev/null; printf '\\0%s'`);
    const [sent, ...words] = execFileSync('bash', ['-c', said], { encoding: 'utf8' }).split('\0');
    expect(sent).toBe(hostile);
    expect(words).toEqual(['--protocol=v2.chat, chat', `--header=X-Key: a'b"c`, '--no-close', '--no-line', url]);
    let made: readonly unknown[] = [];
    const messages: unknown[] = [];
    class Pretend {
      onopen?: () => void;
      constructor(...given: unknown[]) {
        made = given;
        queueMicrotask(() => this.onopen?.());
      }
      send(text: unknown) {
        messages.push(text);
      }
    }
    new Function('WebSocket', asSocketCode('JavaScript', full))(Pretend);
    expect(made).toEqual([url, { protocols: full.protocols, headers: full.headers }]);
    return Promise.resolve().then(() => expect(messages).toEqual([hostile]));
  });
});
