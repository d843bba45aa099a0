import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPassword, longestPassword, shortestPassword } from './password-rules.ts';

const about = ['ana.lopez@example.org', 'Ana López'];
const codeOf = (password: string) => checkPassword(password, about)?.code ?? null;

describe('a password', () => {
  it.each([
    'kettle orbit plum seven',
    'sunshine and rain on monday',
    'Tr4in to the harbour',
    'ßtraße über München',
    'пароль из пяти слов',
    '密码由五个完全不同的词语组成的一句话',
    'mV9;qL2&xT7!pK4',
    '🦊🐙🌵🚲🎻🧭🪁🍋🧦🔭🪐🧊🥨🦜🪵',
  ])('%j is taken', (password) => expect(codeOf(password)).toBeNull());

  it.each([
    ['', 'too_short'],
    ['kettle orbit', 'too_short'],
    ['x'.repeat(200), 'too_long'],
    ['aaaaaaaaaaaaaaaaaaaa', 'too_simple'],
    ['abababababababab', 'too_simple'],
    ['kettlekettlekettle', 'too_simple'],
    ['1234567890123456', 'too_simple'],
    ['abcdefghijklmnopqr', 'too_simple'],
    ['zyxwvutsrqponmlkj', 'too_simple'],
    ['passwordpassword', 'too_common'],
    ['P@ssw0rdP@ssw0rd1', 'too_common'],
    ['MyPassword2024!!', 'too_common'],
    ['correct horse battery staple', 'too_common'],
    ['qwertyuiopasdfghjkl', 'too_common'],
    ['1q2w3e4r5t1q2w3e', 'too_common'],
    ['welcome-to-sconce', 'too_alike'],
    ['ana.lopez@example.org', 'too_alike'],
    ['ANA.LOPEZ@EXAMPLE.ORG!!', 'too_alike'],
    ['analopezexample1990', 'too_alike'],
  ])('%j is not: %s', (password, code) => expect(codeOf(password)).toBe(code));

  it('needs nothing in particular: any long line of many characters will do', () => {
    const line = fc.string({ minLength: shortestPassword, maxLength: 60, unit: 'grapheme-ascii' });
    fc.assert(
      fc.property(line, (text) => {
        const mistake = checkPassword(text, []);
        if (new Set(text).size > 12) expect(['too_common', 'too_simple', undefined]).toContain(mistake?.code);
      }),
    );
  });

  it('is counted in characters, and never too much to look at', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const count = [...text.normalize('NFC')].length;
        const code = checkPassword(text, about)?.code;
        expect(code === 'too_short').toBe(count < shortestPassword);
        expect(code === 'too_long').toBe(count > longestPassword);
      }),
    );
  });
});
