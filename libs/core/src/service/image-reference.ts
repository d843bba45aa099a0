const host = '[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\\d{1,5})?';
const part = '[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*';
const pattern = new RegExp(`^(?:${host}/)?${part}(?:/${part})*(?::\\w[\\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`);
const mostCharacters = 400;

/** `redis:7`, `registry.example:5000/team/cache@sha256:...`, or an engine's own id of an image (`sha256:...`). */
export function isImageReference(text: string): boolean {
  return text.length <= mostCharacters && pattern.test(text);
}

/** What people may name: never an engine's own id, behind which is an image that somebody built on this machine, and maybe somebody else. */
export function isPublishedImage(text: string): boolean {
  return isImageReference(text) && !/^sha256(?::|$)/.test(text);
}
