import type { Build, Release } from '@sconce/contract';
import { cleanText } from '../terminal/clean-text.ts';
import { shorten } from '../terminal/text-width.ts';

/** `3fa9c1d "Resize before crop" by Ana`, or what there is of it. */
export function commitWords(commit: Build['commit'] | null, width = 50): string {
  if (!commit) return 'no commit';
  const title = cleanText(commit.message.split('\n')[0] ?? '');
  const author = cleanText(commit.author.replace(/<.*>/, '').trim());
  return [commit.sha.slice(0, 7), title && `"${shorten(title, width)}"`, author && `by ${shorten(author, 30)}`]
    .filter(Boolean)
    .join(' ');
}

/** `2 variables, 1 secret`, for a release's differences. */
export function differenceWords(differences: NonNullable<Release['compared']>['differences']): string {
  if (differences.length === 0) return 'nothing differs';
  const groups = new Map<string, number>();
  for (const { path } of differences) {
    const head = path.split(/[.[]/)[0] ?? path;
    groups.set(head, (groups.get(head) ?? 0) + 1);
  }
  const sameImage = differences.some(({ path }) => path === 'image' || path.startsWith('image.')) ? [] : ['same image'];
  const named = [...groups].map(([head, count]) =>
    head === 'variables' || head === 'secrets' ? `${count} ${count === 1 ? head.slice(0, -1) : head}` : head,
  );
  return [...sameImage, ...named].join(', ');
}

/** How a value of a difference reads: text as it is, nothing as `-`, the rest as JSON. */
export function valueWords(value: unknown): string {
  if (value === undefined || value === null) return '-';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return shorten(cleanText(text), 60);
}
