/** What a DELETE of a place took away, or would. */
export interface Removed {
  readonly id: string;
  readonly removes: {
    readonly services: readonly string[];
    readonly volumes: readonly string[];
    readonly hosts: readonly string[];
  };
  readonly keeps: { readonly volumes: readonly string[] };
}

/** A sentence for each kind of thing that goes, and for what stays. */
export function losses({ removes, keeps }: Removed, verb: 'would go' | 'is gone' = 'would go'): string[] {
  const says = verb === 'would go' ? { one: 'goes', several: 'go' } : { one: 'is gone', several: 'are gone' };
  const line = (what: string, names: readonly string[]) =>
    names.length === 0
      ? []
      : [
          `${names.length === 1 ? what : `${what}s`} that ${names.length === 1 ? says.one : says.several}: ${names.join(', ')}`,
        ];
  const lines = [
    ...line('Service', removes.services),
    ...line('Volume', removes.volumes).map((text) => `${text} (with the data, for good)`),
    ...line('Host', removes.hosts),
    ...(keeps.volumes.length === 0 ? [] : [`Kept: ${keeps.volumes.join(', ')}`]),
  ];
  return lines.length === 0 ? ['Nothing else goes with it.'] : lines;
}
