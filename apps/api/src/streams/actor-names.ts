import { type Database, readActorNames } from '@sconce/db';

const keptMs = 60_000;
const mostKept = 5_000;

/** Who did it, by name. Asked once a minute for each, however many streams tell of what they did. */
export class ActorNames {
  readonly #known = new Map<string, { readonly name: string | null; readonly atMs: number }>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Of each actor that has one. */
  async of(
    db: Pick<Database, 'tx'>,
    actors: readonly (string | null)[],
  ): Promise<(actor: string | null) => string | null> {
    const atMs = this.#now();
    if (this.#known.size > mostKept) this.#known.clear();
    const isKnown = (id: string) => atMs - (this.#known.get(id)?.atMs ?? Number.NEGATIVE_INFINITY) < keptMs;
    const asked = [...new Set(actors)].filter((id) => id !== null).filter((id) => !isKnown(id));
    if (asked.length > 0) {
      const names = await readActorNames(db.tx, asked);
      for (const id of asked) this.#known.set(id, { name: names.get(id) ?? null, atMs });
    }
    const told = new Map([...new Set(actors)].flatMap((id) => (id === null ? [] : [[id, this.#known.get(id)?.name]])));
    return (actor) => (actor === null ? null : (told.get(actor) ?? null));
  }
}
