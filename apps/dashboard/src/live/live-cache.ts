import { ApiProblem, ApiUnreachable, type Event, type Service } from '@sconce/contract';
import { hashKey, type Query, type QueryClient } from '@tanstack/react-query';
import { touchedBy } from './touched-by.ts';

const pauseMs = 50;
/** Between tries to read what could not be read: the API is away, or the connection broke more than once. */
const firstAgainMs = 1_000;
const longestAgainMs = 10_000;

/**
 * Turns events into what the pages know. A hundred events are a handful of reads: what they touch is gathered while the reads before are under way,
 * so that none is begun twice or called back. Of services the one that moved is read, never the list. What could not be read is read again until it
 * could: nothing else would bring it, since each event comes once.
 */
export class LiveCache {
  readonly #cache: QueryClient;
  readonly #readService: (id: string) => Promise<Service>;
  readonly #keys = new Map<string, readonly unknown[]>();
  readonly #services = new Set<string>();
  #flushing: Promise<void> | null = null;
  #againMs = firstAgainMs;

  constructor(cache: QueryClient, readService: (id: string) => Promise<Service>) {
    this.#cache = cache;
    this.#readService = readService;
  }

  take(events: readonly Event[]): void {
    for (const event of events) {
      for (const key of touchedBy(event)) this.#keys.set(hashKey(key), key);
      if (event.service !== null) this.#services.add(event.service);
    }
    this.#begin();
  }

  /** The API is heard again: what is on the page and could not be read meanwhile is. */
  readAgain(): void {
    for (const { queryKey } of this.#unread([])) this.#keys.set(hashKey(queryKey), queryKey);
    this.#begin();
  }

  #begin(): void {
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = null;
    });
  }

  #unread(queryKey: readonly unknown[]): Query[] {
    const shown = this.#cache.getQueryCache().findAll({ queryKey, type: 'active' });
    return shown.filter(({ state }) => state.error instanceof ApiUnreachable);
  }

  /** Resolves when everything taken so far is shown. */
  async settled(): Promise<void> {
    while (this.#flushing) await this.#flushing;
  }

  async #flush(): Promise<void> {
    while (this.#keys.size > 0 || this.#services.size > 0) {
      const keys = [...this.#keys.values()];
      const services = [...this.#services];
      this.#keys.clear();
      this.#services.clear();
      const [couldRead] = await Promise.all([
        Promise.all(services.map((id) => this.#refresh(id))),
        ...keys.map((queryKey) => this.#cache.invalidateQueries({ queryKey })),
      ]);
      const unread = services.filter((_, index) => !couldRead[index]);
      this.#later(
        keys.filter((key) => this.#unread(key).length > 0),
        unread,
      );
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  /** Reads these again after a while; what other events touch need not wait for that. */
  #later(keys: readonly (readonly unknown[])[], services: readonly string[]): void {
    if (keys.length === 0 && services.length === 0) {
      this.#againMs = firstAgainMs;
      return;
    }
    setTimeout(() => {
      for (const key of keys) this.#keys.set(hashKey(key), key);
      for (const id of services) this.#services.add(id);
      this.#begin();
    }, this.#againMs);
    this.#againMs = Math.min(this.#againMs * 2, longestAgainMs);
  }

  /** False when no answer came. */
  async #refresh(id: string): Promise<boolean> {
    try {
      this.#put(await this.#readService(id));
      // A list that is being read may have been read before this.
      if (this.#cache.isFetching({ queryKey: ['services'] }) > 0)
        await this.#cache.invalidateQueries({ queryKey: ['services'] });
    } catch (error) {
      if (error instanceof ApiUnreachable) return false;
      if (error instanceof ApiProblem && error.status === 404) this.#remove(id);
      else await this.#cache.invalidateQueries({ queryKey: ['service'] });
    }
    return true;
  }

  #put(service: Service): void {
    this.#cache.setQueryData<readonly Service[]>(['services'], (list) => list && putInto(list, service));
    for (const query of this.#cache.getQueryCache().findAll({ queryKey: ['service'] })) {
      if ((query.state.data as Service | undefined)?.id === service.id)
        this.#cache.setQueryData(query.queryKey, service);
    }
  }

  #remove(id: string): void {
    this.#cache.setQueryData<readonly Service[]>(['services'], (list) => list?.filter((one) => one.id !== id));
    void this.#cache.invalidateQueries({
      predicate: ({ queryKey, state }) => queryKey[0] === 'service' && (state.data as Service | undefined)?.id === id,
    });
  }
}

/** In its place; a new one last, as the list is ordered. */
function putInto(list: readonly Service[], service: Service): readonly Service[] {
  const index = list.findIndex((one) => one.id === service.id);
  return index < 0 ? [...list, service] : list.with(index, service);
}
