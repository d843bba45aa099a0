/** How far back graphs of a service go; in the address as `?range=6h`. */
export const ranges = ['1h', '6h', '24h', '7d'] as const;
export type Range = (typeof ranges)[number];

export const rangeWords: Readonly<Record<Range, string>> = {
  '1h': 'the last hour',
  '6h': 'the last 6 hours',
  '24h': 'the last 24 hours',
  '7d': 'the last 7 days',
};

export const toRange = (text: string | null): Range => ranges.find((range) => range === text) ?? '1h';
