/**
 * Which passwords are taken (NIST SP 800-63B-4, 3.1.1.2): long ones, of any characters, that are not among those everybody tries first. No rule of what has to
 * be in them, and none that they be changed from time to time.
 */
export const shortestPassword = 15;
export const longestPassword = 128;

export interface PasswordMistake {
  readonly code: 'too_short' | 'too_long' | 'too_common' | 'too_alike' | 'too_simple';
  readonly message: string;
}

/** The one form of a password that is hashed and counted: what looks the same is the same, whichever keyboard it came from. */
export const normalPassword = (password: string): string => password.normalize('NFC');

/** Null: it is taken. `about` is what strangers know of the person: address, name. */
export function checkPassword(password: string, about: readonly string[]): PasswordMistake | null {
  const text = normalPassword(password);
  const length = [...text].length;
  if (length < shortestPassword)
    return {
      code: 'too_short',
      message: `A password has at least ${shortestPassword} characters: a few words in a row are one`,
    };
  if (length > longestPassword)
    return { code: 'too_long', message: `A password has at most ${longestPassword} characters` };
  const plain = letters(text);
  if (isSimple(text.toLowerCase()))
    return { code: 'too_simple', message: 'This repeats itself or counts along; anybody tries that' };
  if (isMadeOf(plain, common))
    return { code: 'too_common', message: 'This is among the passwords that everybody tries first' };
  if (isMadeOf(plain, [...known(about), 'sconce', ...common]))
    return { code: 'too_alike', message: 'This is little more than your name or address' };
  return null;
}

/** Lower case, and the digits and signs that stand for letters read as those. */
function letters(text: string): string {
  const stands: Readonly<Record<string, string>> = { 0: 'o', 1: 'l', 3: 'e', 4: 'a', 5: 's', 7: 't', '@': 'a', $: 's' };
  return [...text.toLowerCase()].map((one) => stands[one] ?? one).join('');
}

/** One pattern again and again, or a run of neighbours: `aaaa…`, `abcabc…`, `123456…`. */
function isSimple(text: string): boolean {
  const points = [...text].map((one) => one.codePointAt(0) ?? 0);
  if (new Set(points).size <= 3) return true;
  const steps = points.slice(1).map((point, at) => point - (points[at] ?? 0));
  // Of neighbours in a row: 0 after 9 begins anew.
  if (steps.every((step) => Math.abs(step) === 1 || Math.abs(step) === 9)) return true;
  for (let period = 1; period <= Math.min(6, text.length / 3); period += 1) {
    const pattern = text.slice(0, period);
    if (text === pattern.repeat(Math.ceil(text.length / period)).slice(0, text.length)) return true;
  }
  return false;
}

/** What is left without the words is shorter than what alone nobody would take for a password. */
function isMadeOf(text: string, words: readonly string[]): boolean {
  const longestFirst = [...words].filter((word) => word.length >= 3).sort((a, b) => b.length - a.length);
  const rest = longestFirst.reduce((left, word) => left.replaceAll(word, ''), text);
  return rest !== text && rest.replace(/[^\p{L}\p{N}]/gu, '').length < 8;
}

function known(about: readonly string[]): string[] {
  return about.flatMap((one) => [letters(one), ...one.split(/[^\p{L}\p{N}]+/u).map(letters)]);
}

/** Words, runs of keys and lines that lists of leaked passwords are full of. */
const common = [
  ...['password', 'passwort', 'passphrase', 'motdepasse', 'contrasena', 'letmein', 'welcome', 'administrator', 'admin'],
  ...['changeme', 'default', 'secret', 'iloveyou', 'trustno1', 'sunshine', 'princess', 'football', 'baseball'],
  ...['superman', 'batman', 'monkey', 'dragon', 'master', 'shadow', 'login', 'hello', 'whatever', 'computer'],
  ...['internet', 'michael', 'jennifer', 'charlie', 'starwars', 'thisismypassword', 'opensesame', 'nopassword'],
  ...['correcthorsebatterystaple', 'correct horse battery staple', 'correct-horse-battery-staple'],
  ...['qwertyuiop', 'asdfghjkl', 'zxcvbnm', 'qwertzuiop', 'yxcvbnm', 'azertyuiop', 'qsdfghjklm', 'qwerty', 'azerty'],
  ...['1q2w3e4r5t', '1q2w3e4r', 'q1w2e3r4', 'qazwsxedc', '1qaz', '2wsx', '3edc', '4rfv', 'zaq1', 'asdf', 'zxcv'],
  ...['abcdefghijklmnopqrstuvwxyz', 'abcdefgh', 'abcd1234', 'abc123', '1234567890', '0987654321', '987654321'],
  ...['123456789', '12345678', '123456', '12345', '123123', '111111', '000000', '654321', '112233', '666666'],
].map(letters);
