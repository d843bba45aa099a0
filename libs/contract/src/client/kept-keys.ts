/** Keys of writes that nobody answered: the same write made again goes under the same key, so that it is made once, however often a person presses. */
export class KeptKeys {
  readonly #kept = new Map<string, { readonly key: string; readonly atMs: number }>();

  /** The key of that write, if it was not answered a moment ago; else a new one. */
  keyOf(write: string, nowMs: number): string {
    for (const [other, { atMs }] of this.#kept) if (nowMs - atMs > keptMs) this.#kept.delete(other);
    return this.#kept.get(write)?.key ?? makeKey();
  }

  answered(write: string): void {
    this.#kept.delete(write);
  }

  unanswered(write: string, key: string, nowMs: number): void {
    this.#kept.set(write, { key, atMs: this.#kept.get(write)?.atMs ?? nowMs });
  }
}

/** Whoever makes the same write later than this means another one. */
const keptMs = 5 * 60_000;

/** Not randomUUID, which browsers have only over https and at localhost. */
function makeKey(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
