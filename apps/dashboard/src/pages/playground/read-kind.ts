export type AnswerKind =
  | { readonly is: 'json'; readonly value: unknown; readonly text: string }
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'image' | 'audio' | 'bytes'; readonly type: string };

/** Types whose decoders run nothing. SVG is none of them: it is markup, and shown as that. */
const pictures = /^image\/(?:png|jpeg|gif|webp|avif|bmp|x-icon)$/;
const sounds = /^audio\/(?:wav|x-wav|wave|vnd\.wave|mpeg|mp3|ogg|flac|x-flac|aac|mp4|webm)$/;
const mostTreeBytes = 4 * 1024 * 1024;

/** What an answer is, by its type and then by its bytes. While it comes, nothing is taken for whole. */
export function readKind(bytes: Uint8Array<ArrayBuffer>, said: string | null, isWhole: boolean): AnswerKind {
  const type = (said ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (pictures.test(type)) return isWhole ? { is: 'image', type } : { is: 'bytes', type: octets };
  if (sounds.test(type)) return isWhole ? { is: 'audio', type } : { is: 'bytes', type: octets };
  const text = asText(bytes, isWhole);
  if (text === null) return { is: 'bytes', type: octets };
  const looksJson = /^(?:application|text)\/(?:[\w.-]+\+)?json$/.test(type) || (type === '' && /^\s*[[{]/.test(text));
  if (looksJson && isWhole && bytes.length <= mostTreeBytes) {
    try {
      return { is: 'json', value: JSON.parse(text), text };
    } catch {
      // It says that it is JSON, and is not: text, then.
    }
  }
  return { is: 'text', text };
}

/** Never the type that a stranger names: a link to it may be opened. */
const octets = 'application/octet-stream';

function asText(bytes: Uint8Array<ArrayBuffer>, isWhole: boolean): string | null {
  if (bytes.subarray(0, 4_096).includes(0)) return null;
  try {
    // What is still coming may end within a character.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: !isWhole });
  } catch {
    return null;
  }
}

const mostShown = 200_000;
const deceptive = /[\u202a-\u202e\u2066-\u2069]/g;

/** Text as it is, but for what would turn it around; the end of a very long one is in the copy. */
export function shownText(text: string): string {
  const shown = text.length > mostShown ? `${text.slice(0, mostShown)}…` : text;
  return shown.replace(deceptive, (character) => `<${character.codePointAt(0)?.toString(16).toUpperCase()}>`);
}
