import { ApiError } from '../endpoint/api-error.ts';

/** The thing, which was there a moment ago when access to it was decided. */
export async function existing<T>(what: string, found: Promise<T | null>): Promise<T> {
  const thing = await found;
  if (thing === null) throw new ApiError('not_found', `There is no such ${what}`);
  return thing;
}

/** Fields that were given; an absent one must not be written. */
export function given<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
