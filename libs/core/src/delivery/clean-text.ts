/**
 * Text from strangers, fit to be stored and shown: no NUL (Postgres holds none), no half surrogates (JSON columns refuse them),
 * at most `max` characters.
 */
export function cleanText(text: string, max: number): string {
  const whole = text.replaceAll('\u0000', '\ufffd').toWellFormed();
  if (whole.length <= max) return whole;
  return `${whole.slice(0, max - 1).toWellFormed()}…`;
}
