/** Shorter secrets are not masked: text is full of three-letter words, and a log of `[secret]` alone helps nobody. */
export const shortestMaskedSecret = 4;

/** A line of a multi-line secret is masked by itself from here on: shorter ones (`{`, `---`) say nothing. */
const shortestMaskedLine = 8;
const shortestBase64Core = 8;

/**
 * The forms in which a secret turns up in logs: as it is, line by line, escaped in JSON, percent-encoded, and in base 64,
 * also when it stands inside a longer encoded text (`user:secret` of basic authentication).
 */
export function toSecretForms(secret: string): readonly string[] {
  if (secret.length < shortestMaskedSecret) return [];
  const forms = new Set<string>([secret]);
  const lines = secret.split(/\r?\n/);
  if (lines.length > 1) {
    forms.add(lines.join('\n')).add(lines.join('\r\n'));
    for (const line of lines) if (line.trim().length >= shortestMaskedLine) forms.add(line.trim());
  }
  const bare = secret.trim();
  if (bare.length >= shortestMaskedSecret) forms.add(bare);
  for (const form of [secret, bare]) {
    if (form.length < shortestMaskedSecret) continue;
    forms.add(JSON.stringify(form).slice(1, -1));
    for (const encoded of [...percentForms(form), ...base64Forms(form)]) forms.add(encoded);
  }
  return [...forms];
}

function percentForms(text: string): readonly string[] {
  const encoded = encodeURIComponent(text.toWellFormed());
  const lowerCase = encoded.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase());
  return [encoded, lowerCase, encoded.replaceAll('%20', '+')];
}

function base64Forms(text: string): readonly string[] {
  const bytes = new TextEncoder().encode(text);
  const forms: string[] = [];
  for (const shift of [0, 1, 2]) {
    const shifted = new Uint8Array(shift + bytes.length);
    shifted.set(bytes, shift);
    const encoded = toBase64(shifted);
    if (shift === 0) forms.push(encoded, encoded.replace(/=+$/, ''));
    // Only characters whose six bits come from the secret alone stay the same whatever stands around it.
    const core = encoded.slice(Math.ceil((shift * 8) / 6), Math.floor((shifted.length * 8) / 6));
    if (core.length >= shortestBase64Core) forms.push(core);
  }
  return forms.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

// Neither Buffer (core runs anywhere) nor btoa (text of one argument per byte): the length is small.
function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [first = 0, second, third] = bytes.subarray(at, at + 3);
    const bits = (first << 16) | ((second ?? 0) << 8) | (third ?? 0);
    text += `${alphabet[bits >> 18]}${alphabet[(bits >> 12) & 63]}`;
    text += second === undefined ? '=' : alphabet[(bits >> 6) & 63];
    text += third === undefined ? '=' : alphabet[bits & 63];
  }
  return text;
}
