interface PageOf<Item> {
  readonly data: readonly Item[];
  readonly page: { readonly next: string | null };
}

/** Lists of things that people make by hand are read whole: switchers, counts and search need all of them. */
export async function all<Item>(
  read: (query: { limit: number; cursor?: string }) => Promise<PageOf<Item>>,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | undefined; ; ) {
    const { data, page } = await read(cursor === undefined ? { limit: 200 } : { limit: 200, cursor });
    items.push(...data);
    if (page.next === null) return items;
    cursor = page.next;
  }
}

export const rest = {
  initialPageParam: '',
  getNextPageParam: (last: { page: { next: string | null } }) => last.page.next,
};
export const from = (cursor: string, limit: number) => (cursor === '' ? { limit } : { limit, cursor });
