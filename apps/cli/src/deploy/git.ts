import type { Context } from '../context.ts';
import { CliFailure, exitCodes } from '../exit-code.ts';
import { type CommandResult, runCommand } from '../local/run-command.ts';

export interface WorkingCopy {
  readonly directory: string;
  readonly commit: string;
  readonly title: string;
  /** Null on a detached head. */
  readonly branch: string | null;
  /** Files that differ from the commit and so are not deployed. */
  readonly uncommitted: number;
}

/** The repository that the current directory is in, at its head. */
export async function readWorkingCopy(context: Context): Promise<WorkingCopy> {
  const top = await git(context, ['rev-parse', '--show-toplevel']);
  if (top.code !== 0)
    throw new CliFailure('This directory is in no git repository', {
      exitCode: exitCodes.usage,
      code: 'no_repository',
      hint: 'Make it one: git init, then commit.',
    });
  const directory = top.stdout.trim();
  const head = await git(context, ['log', '-1', '--format=%H%x00%s'], directory);
  if (head.code !== 0)
    throw new CliFailure('This repository has no commit yet', {
      exitCode: exitCodes.usage,
      code: 'no_commit',
      hint: 'Commit something: git add -A && git commit -m "First"',
    });
  const [commit = '', title = ''] = head.stdout.trim().split('\0');
  const branch = await git(context, ['symbolic-ref', '--quiet', '--short', 'HEAD'], directory);
  const status = await git(context, ['status', '--porcelain', '-z'], directory);
  const uncommitted = status.stdout.split('\0').filter(Boolean).length;
  return { directory, commit, title, branch: branch.code === 0 ? branch.stdout.trim() : null, uncommitted };
}

/** Root of the repository that the current directory is in; null when it is in none. */
export async function readTopDirectory(context: Context): Promise<string | null> {
  const top = await git(context, ['rev-parse', '--show-toplevel']).catch(() => null);
  return top?.code === 0 ? top.stdout.trim() : null;
}

/** True when the file in the working tree is what the last commit holds. */
export async function isCommitted(context: Context, copy: WorkingCopy, path: string): Promise<boolean> {
  const tracked = await git(context, ['ls-files', '--error-unmatch', '--', path], copy.directory);
  const changed = await git(context, ['diff', '--quiet', 'HEAD', '--', path], copy.directory);
  return tracked.code === 0 && changed.code === 0;
}

/** Makes the remote point to `url`; says what it did. */
export async function setRemote(
  context: Context,
  copy: WorkingCopy,
  name: string,
  url: string,
): Promise<'added' | 'changed' | 'kept'> {
  const before = await git(context, ['remote', 'get-url', name], copy.directory);
  if (before.code === 0 && before.stdout.trim() === url) return 'kept';
  const args = before.code === 0 ? ['remote', 'set-url', name, url] : ['remote', 'add', name, url];
  await mustRun(context, args, copy.directory, 'The remote could not be set');
  return before.code === 0 ? 'changed' : 'added';
}

export interface Push {
  readonly remote: string;
  readonly url: string;
  readonly branch: string;
  readonly token: string;
  readonly force: boolean;
}

/** Pushes the head; false when the remote had it already. */
export async function pushHead(
  context: Context,
  copy: WorkingCopy,
  push: Push,
  onNote: (line: string) => void,
): Promise<boolean> {
  const target = `${push.force ? '+' : ''}HEAD:refs/heads/${push.branch}`;
  const result = await runCommand('git', ['push', '--porcelain', push.remote, target], {
    directory: copy.directory,
    environment: { ...context.environment, LC_ALL: 'C', ...credentials(context.environment, push.url, push.token) },
    signal: context.signal,
    onNote,
  });
  if (result.code === 0) return !/^=\t/m.test(result.stdout);
  throw pushFailed(result, push);
}

/**
 * The token goes to git through the environment, bound to this one address: not on the command line, where others see it, and not in
 * .git/config, where it would stay. Redirects are not followed, since the header would go along.
 */
export function credentials(environment: Context['environment'], url: string, token: string): Record<string, string> {
  const basic = Buffer.from(`sconce:${token}`).toString('base64');
  const settings = [
    [`http.${url}.extraHeader`, `Authorization: Basic ${basic}`],
    ['http.followRedirects', 'false'],
    ['credential.helper', ''],
  ];
  const before = Number.parseInt(environment.GIT_CONFIG_COUNT ?? '0', 10) || 0;
  const pairs = settings.flatMap(([key = '', value = ''], index) => [
    [`GIT_CONFIG_KEY_${before + index}`, key],
    [`GIT_CONFIG_VALUE_${before + index}`, value],
  ]);
  return { ...Object.fromEntries(pairs), GIT_CONFIG_COUNT: String(before + settings.length), GIT_TERMINAL_PROMPT: '0' };
}

/** `sconce.<key>` of the repository's own configuration: what was deployed from here last. */
export async function readRepositorySetting(context: Context, key: string): Promise<string | undefined> {
  const result = await git(context, ['config', '--local', '--get', `sconce.${key}`]).catch(() => null);
  return (result?.code === 0 && result.stdout.trim()) || undefined;
}

export async function writeRepositorySetting(
  context: Context,
  copy: WorkingCopy,
  key: string,
  value: string,
): Promise<void> {
  await mustRun(
    context,
    ['config', '--local', `sconce.${key}`, value],
    copy.directory,
    'The repository’s configuration could not be written',
  );
}

function pushFailed(result: CommandResult, push: Push): CliFailure {
  const lines = `${result.stderr}\n${result.stdout}`
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const refused = /\[rejected\].*(non-fast-forward|fetch first)/.test(result.stdout);
  if (refused) {
    const hint = `Bring your branch up to date, or replace what is there: sconce deploy --force`;
    return new CliFailure(`${push.branch} there holds commits that are not in yours`, {
      code: 'not_fast_forward',
      hint,
      lines: lines.slice(-5),
    });
  }
  if (/\b403\b/.test(result.stderr)) {
    return new CliFailure('This token may not push there', {
      exitCode: exitCodes.denied,
      code: 'forbidden',
      hint: 'It needs the scope `deploy` in this project: sconce tokens create <name> --scope deploy',
      lines: lines.filter((line) => line.startsWith('remote:')).slice(-5),
    });
  }
  // Told 401, git would ask for a name, which it must not here.
  if (/\b401\b|Authentication failed|could not read (?:Username|Password)/.test(result.stderr)) {
    return new CliFailure('The git server refused the token', {
      exitCode: exitCodes.denied,
      code: 'unauthenticated',
      hint: 'Give a token that works: sconce login, SCONCE_TOKEN or --token',
      lines: lines.slice(-5),
    });
  }
  const unreachable = /Could not resolve host|Failed to connect|Connection refused|timed out/.test(result.stderr);
  return new CliFailure('git push failed', {
    exitCode: unreachable ? exitCodes.unreachable : exitCodes.failed,
    code: 'push_failed',
    lines: lines.slice(-10),
  });
}

async function mustRun(context: Context, args: readonly string[], directory: string, attempted: string): Promise<void> {
  const result = await git(context, args, directory);
  if (result.code !== 0)
    throw new CliFailure(`${attempted}: ${result.stderr.trim().split('\n').at(-1) ?? ''}`, { code: 'git_failed' });
}

function git(context: Context, args: readonly string[], directory: string = context.directory): Promise<CommandResult> {
  return runCommand('git', args, {
    directory,
    environment: { ...context.environment, LC_ALL: 'C' },
    signal: context.signal,
  });
}
