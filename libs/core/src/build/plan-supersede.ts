export interface SupersedableBuild {
  readonly id: string;
  readonly serviceIds: readonly string[];
}

/**
 * Which older queued builds a push makes needless: those all of whose services it builds itself. One that still has a service of its own
 * goes on; for the others its image is then overtaken where releases are made.
 */
export function planSupersede<B extends SupersedableBuild>(older: readonly B[], builtNow: ReadonlySet<string>): B[] {
  return older.filter(({ serviceIds }) => serviceIds.length > 0 && serviceIds.every((id) => builtNow.has(id)));
}
