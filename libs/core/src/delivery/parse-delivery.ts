import { cleanText } from './clean-text.ts';
import { isCommitSha, isZeroSha, parseGitRef } from './git-ref.ts';
import type { DeliveryContent, DeliveryHost, PushEvent, PushedCommit } from './push-event.ts';

const maxMessageLength = 4_000;
const maxNameLength = 200;

/** Reads a delivery's body. Never throws: bodies come from outside. Shapes: GitHub's `push` webhook, `BuiltinPushBody`. */
export function parseDelivery(host: DeliveryHost, event: string, body: Uint8Array): DeliveryContent {
  if (event === 'ping') return { kind: 'ping' };
  if (event !== 'push') return { kind: 'unknown_event', event: cleanText(event, maxNameLength) };
  try {
    const payload = fields(parseJson(body), '');
    return { kind: 'push', push: host === 'github' ? parseGithubPush(payload) : parseBuiltinPush(payload) };
  } catch (error) {
    if (error instanceof Malformed) return { kind: 'malformed', path: error.path, message: error.message };
    throw error;
  }
}

function parseGithubPush(payload: Fields): PushEvent {
  const repository = fields(payload.repository, 'repository');
  const id = repository.id;
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) throw new Malformed('repository.id', 'is not a number');
  const sender = optionalFields(payload.sender);
  const login = optionalText(sender?.login);
  return {
    host: 'github',
    hostId: String(id),
    ...movement(payload),
    forced: payload.forced === true,
    head: parseHeadCommit(payload.head_commit),
    actor: login === null ? null : `github:${cleanText(login, maxNameLength)}`,
  };
}

function parseBuiltinPush(payload: Fields): PushEvent {
  const pusher = optionalText(payload.pusher);
  return {
    host: 'builtin',
    hostId: cleanText(text(payload.repository, 'repository'), maxNameLength),
    ...movement(payload),
    forced: payload.forced === true,
    head: null,
    actor: pusher === null ? null : cleanText(pusher, maxNameLength),
  };
}

function movement(payload: Fields): Pick<PushEvent, 'ref' | 'before' | 'after'> {
  const ref = parseGitRef(text(payload.ref, 'ref'));
  if (ref === null) throw new Malformed('ref', 'is not a legal git ref');
  const before = objectName(payload.before, 'before');
  const after = objectName(payload.after, 'after');
  return { ref, before, after: payload.deleted === true ? null : after };
}

/** GitHub's `head_commit`; what it does not tell is read from the repository instead. */
function parseHeadCommit(value: unknown): PushedCommit | null {
  const commit = optionalFields(value);
  const sha = commit?.id;
  const tree = commit?.tree_id;
  const message = optionalText(commit?.message);
  if (!isCommitSha(sha) || !isCommitSha(tree) || message === null) return null;
  const author = optionalText(optionalFields(commit?.author)?.name) ?? '';
  return { sha, tree, message: cleanText(message, maxMessageLength), author: cleanText(author, maxNameLength) };
}

function objectName(value: unknown, path: string): string | null {
  const sha = text(value, path);
  if (!isCommitSha(sha)) throw new Malformed(path, 'is not a full object name');
  return isZeroSha(sha) ? null : sha;
}

/** GitHub sends JSON, or the same JSON as the form field `payload` when the webhook was set up so. */
function parseJson(body: Uint8Array): unknown {
  const decoded = new TextDecoder().decode(body);
  const json = decoded.startsWith('payload=') ? (new URLSearchParams(decoded).get('payload') ?? '') : decoded;
  try {
    return JSON.parse(json);
  } catch {
    throw new Malformed('', 'is not JSON');
  }
}

type Fields = Readonly<Record<string, unknown>>;

function optionalFields(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

function fields(value: unknown, path: string): Fields {
  const found = optionalFields(value);
  if (found === null) throw new Malformed(path, 'is not an object');
  return found;
}

function optionalText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function text(value: unknown, path: string): string {
  if (typeof value !== 'string') throw new Malformed(path, 'is not a text');
  return value;
}

class Malformed extends Error {
  readonly path: string;
  constructor(path: string, what: string) {
    super(`${path === '' ? 'The body' : `\`${path}\``} ${what}.`);
    this.path = path;
  }
}
