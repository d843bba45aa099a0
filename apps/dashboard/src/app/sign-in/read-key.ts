export type Key =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'link'; readonly path: string }
  | { readonly kind: 'unknown'; readonly why: string };

/** What was pasted: a token, or the link, whole or from `/setup/` on. Of a link only the path is used, so that it leads nowhere else. */
export function readKey(pasted: string): Key {
  const text = pasted.trim();
  if (text === '') return { kind: 'unknown', why: 'Paste the link that `npm run up` printed, or a personal token.' };
  const code = /^(?:https?:\/\/[^/\s]+)?\/setup\/([\w-]+)\/?$/.exec(text)?.[1];
  if (code) return { kind: 'link', path: `/setup/${code}` };
  if (/^sconce_personal_\w+$/.test(text)) return { kind: 'token', token: text };
  if (/^sconce_[a-z]+_/.test(text))
    return { kind: 'unknown', why: 'Only personal tokens let a person in; this one is for machines.' };
  return { kind: 'unknown', why: 'This is neither a sign-in link nor a token: those begin with “sconce_personal_”.' };
}
