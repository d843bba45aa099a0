/** The same with times as the wire has them: core counts in milliseconds. */
export function withTimes<Item extends { readonly at?: number; readonly until?: number }>(item: Item) {
  const { at, until, ...rest } = item;
  return {
    ...(rest as Omit<Item, 'at' | 'until'>),
    ...(at === undefined ? {} : { at: new Date(at) }),
    ...(until === undefined ? {} : { until: new Date(until) }),
  } as Omit<Item, 'at' | 'until'> & Dated<Item>;
}

type Dated<Item> = { readonly [K in Extract<keyof Item, 'at' | 'until'>]: Date };
