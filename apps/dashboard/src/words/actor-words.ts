import { plainLine } from './plain-text.ts';

/** Who did it, for people: a name, `octocat on GitHub`, or Sconce itself. */
export function actorWords(actor: string | null, name: string | null): string {
  if (name !== null) return plainLine(name, 60);
  if (actor === null) return 'Sconce';
  const host = /^github:(.+)$/.exec(actor)?.[1];
  return host ? `${plainLine(host, 60)} on GitHub` : plainLine(actor, 40);
}
