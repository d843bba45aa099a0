import type { LogLine } from '@sconce/contract';
import { plainOf } from './sgr.ts';

/** The lines that are here, as a text file: time, where it came from, text. */
export function saveLines(name: string, lines: readonly LogLine[]): void {
  const text = lines
    .map(({ at, replica, text: said }) => [at, replica, plainOf(said)].filter(Boolean).join(' '))
    .join('\n');
  const url = URL.createObjectURL(new Blob([`${text}\n`], { type: 'text/plain;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Not at once: some browsers only begin to read it after the click.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
