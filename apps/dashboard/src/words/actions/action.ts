import { type ApiCall, quoted } from '../as-command.ts';

/** The same act for a terminal: what a button does, as a person would type it. */
export interface Action {
  /** One command in a line; null where the command line has none that does exactly this. */
  readonly cli: string | null;
  /** Several: the act takes them, in this order. */
  readonly api: ApiCall | readonly ApiCall[];
}

/** One line for a shell: each word stays one, whatever is in it. */
export const sconce = (...words: readonly string[]): string => ['sconce', ...words.map(quoted)].join(' ');

/** What stands in place of an argument, last in its line: one that begins with a dash is no option. */
export const operand = (text: string): readonly string[] => (text.startsWith('-') ? ['--', text] : [text]);

/** `--deploy` where it is meant. */
export const flagged = (flag: string, isMeant: boolean): readonly string[] => (isMeant ? [flag] : []);
