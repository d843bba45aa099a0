import { CommandFailed } from '../exec/command-failed.ts';
import { type RunOptions, type RunResult, run } from '../exec/run.ts';

/** Everything that git could otherwise be told by a repository, a user's or the machine's configuration. */
const settings: Readonly<Record<string, string>> = {
  'core.hooksPath': '/dev/null',
  'core.fsmonitor': 'false',
  'core.attributesFile': '/dev/null',
  'core.pager': 'cat',
  'credential.helper': '',
  // No transport at all unless a call allows one: no `ext::` commands, no local paths, no submodule URLs.
  'protocol.allow': 'never',
  'submodule.recurse': 'false',
  'gc.auto': '0',
  'gc.autoDetach': 'false',
  'maintenance.auto': 'false',
  'safe.directory': '*',
  'transfer.fsckObjects': 'true',
  'i18n.logOutputEncoding': 'UTF-8',
  'log.showSignature': 'false',
};

/**
 * The whole environment of a git process that works on what strangers pushed. `extra` adds settings; they go by the environment,
 * never the command line, since some are credentials and every process of a machine can read the others' arguments.
 */
export function gitEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const all = Object.entries({ ...settings, ...extra });
  const numbered = all.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return {
    HOME: '/nonexistent',
    XDG_CONFIG_HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/false',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_LITERAL_PATHSPECS: '1',
    // `refs/replace/*` can be pushed like any ref and would show other content under the same hash.
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_CONFIG_COUNT: String(all.length),
    ...Object.fromEntries(numbered),
  };
}

export interface RunGitOptions extends Omit<RunOptions, 'env' | 'cwd'> {
  readonly settings?: Readonly<Record<string, string>>;
}

/** Runs git on a bare repository. Throws `CommandFailed`; its message names the subcommand. */
export async function runGit(repository: string, args: readonly string[], options: RunGitOptions): Promise<RunResult> {
  const env = { ...gitEnvironment(options.settings), GIT_DIR: repository };
  try {
    return await run('git', args, { ...options, cwd: '/', env });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new CommandFailed({
      command: `git ${args[0]}`,
      failure: error.failure,
      what: error.failure === 'exit_code' ? `ended with code ${error.code}` : error.failure.replaceAll('_', ' '),
      code: error.code,
      stderrTail: error.stderrTail,
      cause: error,
    });
  }
}

/** A full object name, SHA-1 or SHA-256: nothing else may stand where git expects one. */
export function isObjectName(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

export function isZeroObjectName(text: string): boolean {
  return /^0+$/.test(text);
}

/** `git check-ref-format`, for full refs. */
export function isFullRef(ref: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the rule is about control characters
  const forbidden = /[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\.lock(?:\/|$)|(?:^|\/)\.|[/.]$/;
  return ref.startsWith('refs/') && ref.length <= 1024 && ref.split('/').length >= 3 && !forbidden.test(ref);
}

/** A path from a tree's root to something in it, as a tree could hold it: nothing else may stand where git or a host expects one. */
export function isTreePath(path: string): boolean {
  return !/[\n\0]/.test(path) && path.split('/').every((step) => step !== '' && step !== '.' && step !== '..');
}
