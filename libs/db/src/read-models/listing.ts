/** One page of a list. Ids sort by the time they were made, so the last one seen is where the next page begins. */
export interface Listing {
  /** Rows wanted; callers ask for one more than they show, to learn whether there is a next page. */
  readonly limit: number;
  /** Id (or number, or position) of the last row seen. */
  readonly after: string | null;
  readonly order: 'newest' | 'oldest';
}

/** Prisma arguments for a list by id. */
export function byId(listing: Listing) {
  const newest = listing.order === 'newest';
  return {
    take: listing.limit,
    orderBy: { id: newest ? ('desc' as const) : ('asc' as const) },
    after: listing.after === null ? {} : { id: newest ? { lt: listing.after } : { gt: listing.after } },
  };
}

/** A key that is only there when it has a value: Prisma refuses `undefined`. */
export function when<K extends string, V>(key: K, value: V | null | undefined): Record<K, V> | Record<never, never> {
  return value === null || value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}

/** Slug or address of something removed: the row stays for what it did, and its name becomes free. */
export function releasedName(name: string, id: string): string {
  return `${name}~${id}`;
}
