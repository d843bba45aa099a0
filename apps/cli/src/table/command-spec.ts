import type { Context, GlobalOptions } from '../context.ts';

/** What an argument or an option's value names, so that a shell can offer those that there are. */
export type Completes = 'service' | 'environment' | 'project' | 'repository' | 'release' | 'pool' | 'cluster' | 'file';

export interface ArgumentSpec {
  /** `<name>` is needed, `[name]` may be left out, `...` at the end takes several. */
  readonly name: string;
  readonly about?: string;
  readonly completes?: Completes;
  readonly choices?: readonly string[];
}

export interface OptionSpec {
  /** `-s, --service <service>` */
  readonly flags: string;
  readonly about: string;
  readonly completes?: Completes;
  /** Offered by shells; the command checks them itself, or the API does. */
  readonly choices?: readonly string[];
  /** May be given several times; the command gets a list. */
  readonly several?: boolean;
}

/**
 * Options and arguments as the parser gives them: it checked them against the spec, and the command's own type says what was declared. A number that
 * it answers is the exit code.
 */
export type Run = (context: Context, options: GlobalOptions, ...rest: readonly unknown[]) => Promise<unknown>;

/** One command, as data: the program, its help, the shells' completion and a check of docs/cli.md are made from it. Its code is loaded when it runs. */
export interface CommandSpec {
  readonly name: string;
  /** Another word for it. */
  readonly alias?: string;
  readonly about: string;
  /** Paragraphs of its help, beyond the first line. */
  readonly details?: readonly string[];
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  /** What to type, and what it does. */
  readonly examples?: readonly (readonly [command: string, about: string])[];
  readonly load?: () => Promise<Run>;
  readonly commands?: readonly CommandSpec[];
  /** Speaks to no API: it takes none of the options that all others take. */
  readonly isLocal?: boolean;
  /** For programs: neither listed nor offered. */
  readonly hidden?: boolean;
}

export interface CommandGroup {
  readonly heading: string;
  readonly commands: readonly CommandSpec[];
}

type Handler<Options extends GlobalOptions, Rest extends readonly unknown[]> = (
  context: Context,
  options: Options,
  ...rest: Rest
) => Promise<unknown>;

/** A command's code as the table holds it. */
export function loads<Options extends GlobalOptions, Rest extends readonly unknown[]>(
  load: () => Promise<Handler<Options, Rest>>,
): () => Promise<Run> {
  return load as () => Promise<Run>;
}

/** A command that without a further word does what its `list` does. */
export function listing(
  name: string,
  about: string,
  list: Omit<CommandSpec, 'name'>,
  others: readonly CommandSpec[],
): CommandSpec {
  const { options = [], load, examples = [] } = list;
  return {
    name,
    about,
    options,
    examples,
    ...(load ? { load } : {}),
    commands: [{ name: 'list', ...list }, ...others],
  };
}
