import type { CommandGroup, CommandSpec, Completes, OptionSpec } from './command-spec.ts';
import { optionsOf } from './shared-options.ts';

export interface CompletionPlan {
  readonly offers: readonly { readonly word: string; readonly about: string }[];
  /** What else fits there, which has to be asked for. */
  readonly names: Completes | null;
}

const nothing: CompletionPlan = { offers: [], names: null };

/** What could stand where the last word is: the words after `sconce`, the last of them begun and maybe empty. */
export function planCompletion(table: readonly CommandGroup[], words: readonly string[]): CompletionPlan {
  const typed = words.slice(0, -1);
  const begun = words.at(-1) ?? '';
  const commands = table.flatMap((group) => group.commands);
  const { command, depth, operands, awaiting } = walk(commands, typed);
  if (typed.includes('--')) return nothing;
  if (awaiting) return fitting(begun, awaiting.choices ?? [], awaiting.completes ?? null);
  const options = optionsOf(command);
  if (begun.startsWith('-')) return { offers: options.flatMap((option) => offersOf(option, begun)), names: null };
  const inner = operands === 0 ? (depth === 0 ? commands : (command?.commands ?? [])) : [];
  const offers = inner
    .filter(({ name, hidden }) => !hidden && name.startsWith(begun))
    .map(({ name, about }) => ({ word: name, about }));
  const argument = command?.arguments?.[Math.min(operands, command.arguments.length - 1)];
  const isLeft =
    argument !== undefined && (operands < (command?.arguments?.length ?? 0) || argument.name.includes('...'));
  const more = isLeft ? fitting(begun, argument.choices ?? [], argument.completes ?? null) : nothing;
  return { offers: [...offers, ...more.offers], names: more.names };
}

interface Walked {
  readonly command: CommandSpec | null;
  readonly depth: number;
  /** Arguments given to it so far. */
  readonly operands: number;
  /** The option whose value is being typed. */
  readonly awaiting: OptionSpec | null;
}

function walk(commands: readonly CommandSpec[], typed: readonly string[]): Walked {
  let command: CommandSpec | null = null;
  let [depth, operands] = [0, 0];
  let awaiting: OptionSpec | null = null;
  for (const word of typed) {
    if (awaiting) {
      awaiting = null;
    } else if (word.startsWith('-')) {
      const option = optionsOf(command).find(({ flags }) => flagsOf(flags).includes(word));
      awaiting = option && takesValue(option.flags) ? option : null;
    } else {
      const inner: CommandSpec | undefined = (command ? (command.commands ?? []) : commands).find(
        ({ name }) => name === word,
      );
      if (inner && operands === 0) [command, depth] = [inner, depth + 1];
      else operands += 1;
    }
  }
  return { command, depth, operands, awaiting };
}

function fitting(begun: string, choices: readonly string[], names: Completes | null): CompletionPlan {
  return { offers: choices.filter((choice) => choice.startsWith(begun)).map((word) => ({ word, about: '' })), names };
}

function offersOf({ flags, about }: OptionSpec, begun: string): { word: string; about: string }[] {
  return flagsOf(flags)
    .filter((flag) => flag.startsWith(begun) && (begun !== '-' || flag.startsWith('--')))
    .map((word) => ({ word, about }));
}

function flagsOf(flags: string): string[] {
  return flags.split(/,?\s+/).filter((word) => word.startsWith('-'));
}

function takesValue(flags: string): boolean {
  return /[<[]/.test(flags);
}
