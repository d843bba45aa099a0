import { CommandFailed } from '../exec/command-failed.ts';
import { readLooseFile, readLooseObject, readLooseRef } from './loose-objects.ts';
import { runGit } from './run-git.ts';

/** One object that is asked for: by its hash, as a file at a commit, or as the commit that a ref leads to. The caller has checked each. */
export type ObjectName =
  | { readonly sha: string }
  | { readonly sha: string; readonly path: string }
  | { readonly ref: string };

export interface ObjectQuestion {
  readonly name: ObjectName;
  readonly type: 'commit' | 'blob';
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** As git names it and holds it. */
export interface FoundObject {
  readonly sha: string;
  readonly content: Buffer;
}

/** A file was asked for that is larger than the caller takes. */
export class FileTooLarge extends Error {
  override readonly name = 'FileTooLarge';
}

interface Waiting {
  readonly question: ObjectQuestion;
  readonly resolve: (found: FoundObject | null) => void;
  readonly reject: (error: unknown) => void;
}

const waiting = new Map<string, Waiting[]>();
/** What one process is asked at most: its answers are held in memory together. */
const askedTogether = 8;

/**
 * Reads an object of a bare repository; null when there is none of that name and type. Throws `FileTooLarge`, `CommandFailed`, or the
 * signal's reason. What is not answered by the repository's files at once is answered by one git process for all that was asked in one turn of
 * the event loop: starting one costs more than all its answers.
 */
export function readObject(repository: string, question: ObjectQuestion): Promise<FoundObject | null> {
  return new Promise((resolve, reject) => {
    const asked = waiting.get(repository);
    if (asked !== undefined && asked.length < askedTogether) {
      asked.push({ question, resolve, reject });
      return;
    }
    const group: Waiting[] = [{ question, resolve, reject }];
    waiting.set(repository, group);
    queueMicrotask(() => {
      if (waiting.get(repository) === group) waiting.delete(repository);
      void answer(repository, group);
    });
  });
}

async function answer(repository: string, group: readonly Waiting[]): Promise<void> {
  const found = await Promise.all(group.map(({ question }) => lookUp(repository, question)));
  const left = group.filter(({ question, resolve, reject }, place) => {
    const answer = found[place];
    if (answer === undefined) return true;
    if (question.signal?.aborted) reject(question.signal.reason);
    else resolve(answer);
    return false;
  });
  if (left.length > 0) await answerByGit(repository, left);
}

/** From files; undefined where git is to be asked. */
async function lookUp(
  repository: string,
  { name, type, maxBytes }: ObjectQuestion,
): Promise<FoundObject | null | undefined> {
  if ('path' in name) return readLooseFile(repository, name.sha, name.path, maxBytes);
  const sha = 'ref' in name ? await readLooseRef(repository, name.ref) : name.sha;
  const object = sha === undefined ? undefined : await readLooseObject(repository, sha, maxBytes);
  return object?.type === type ? object : undefined;
}

/** As git takes it on a line of its own. */
function toLine(name: ObjectName): string {
  if ('ref' in name) return `${name.ref}^{commit}`;
  return 'path' in name ? `${name.sha}:${name.path}` : name.sha;
}

async function answerByGit(repository: string, group: readonly Waiting[]): Promise<void> {
  const questions = group.map(({ question }) => question);
  try {
    const answers = await ask(repository, questions);
    group.forEach(({ question, resolve, reject }, place) => {
      const found = answers[place] ?? null;
      if (question.signal?.aborted) reject(question.signal.reason);
      else if (found === tooLarge) reject(new FileTooLarge(`It is larger than ${question.maxBytes} bytes.`));
      else resolve(found);
    });
  } catch (error) {
    // One of them has more to say than all may: each for itself, then.
    if (group.length > 1 && isOutputExceeded(error)) for (const one of group) void answerByGit(repository, [one]);
    else if (isOutputExceeded(error))
      group[0]?.reject(new FileTooLarge(`It is larger than ${questions[0]?.maxBytes} bytes.`));
    else for (const { reject } of group) reject(error);
  }
}

const tooLarge = Symbol('too large');
type Answer = FoundObject | typeof tooLarge | null;

async function ask(repository: string, questions: readonly ObjectQuestion[]): Promise<Answer[]> {
  const [first] = questions;
  // Who gives up alone must not take the others' answers with it.
  const signal = questions.every((question) => question.signal === first?.signal) ? first?.signal : undefined;
  // Each answer begins with a line that says what it is and how long.
  const room = questions.reduce((sum, { name, maxBytes }) => sum + maxBytes + toLine(name).length + 64, 0);
  const { stdout } = await runGit(repository, ['cat-file', '--batch'], {
    timeoutMs: Math.max(...questions.map(({ timeoutMs }) => timeoutMs)),
    ...(signal === undefined ? {} : { signal }),
    input: questions.map(({ name }) => `${toLine(name)}\n`).join(''),
    maxOutputBytes: room,
  });
  let at = 0;
  return questions.map((question) => {
    const end = stdout.indexOf(10, at);
    // Else `<name> missing`, and the name may hold any words.
    const header = /^([0-9a-f]+) (commit|blob|tree|tag) (\d+)$/.exec(stdout.subarray(at, end).toString('latin1'));
    at = end + 1;
    if (header === null) return null;
    const [, sha = '', type, digits] = header;
    const size = Number(digits);
    const content = stdout.subarray(at, at + size);
    at += size + 1;
    if (type !== question.type) return null;
    return size > question.maxBytes ? tooLarge : { sha, content };
  });
}

function isOutputExceeded(error: unknown): boolean {
  return error instanceof CommandFailed && error.failure === 'output_exceeded';
}
