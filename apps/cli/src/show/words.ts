import type { Build } from '@sconce/contract';
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

/** How one side of a difference reads: nothing as `-`, text in one line. */
export function valueWords(value: string | null): string {
  return value === null ? '-' : shorten(cleanText(value), 60);
}
