import type { Client, Scope, Token } from '@sconce/contract';
import { confirm } from '../../ask/confirm.ts';
import { connect } from '../../connection/connect.ts';
import type { Context } from '../../context.ts';
import { CliFailure, exitCodes } from '../../exit-code.ts';
import { chooseEnvironment } from '../../place/choose-environment.ts';
import { chooseProject } from '../../place/choose-project.ts';
import { printDone, printFacts } from '../../show/print-facts.ts';
import { type ListOptions, printList, readList } from '../../show/print-list.ts';
import { cleanText } from '../../terminal/clean-text.ts';
import { age, clock } from '../../terminal/times.ts';

export interface TokenOptions extends ListOptions {
  readonly project?: string;
  readonly environment?: string;
  readonly kind?: string;
  readonly scope?: readonly string[];
  /** Days, or `never`. */
  readonly expires?: string;
  readonly revoked?: boolean;
  readonly yes?: boolean;
}

/** Your own tokens, or with `--project` those of one that you administer. */
export async function listTokens(context: Context, options: TokenOptions): Promise<void> {
  const { client } = await connect(context, options);
  const filter = {
    ...(options.project === undefined ? {} : { project: options.project }),
    ...(options.revoked ? { revoked: true } : {}),
  };
  const reply = await readList(options, (query) =>
    client.listTokens({ query: { ...query, ...filter }, signal: context.signal }),
  );
  printList(context, options, reply, {
    empty: 'No token. Make one: sconce tokens create <name>',
    head: ['TOKEN', 'NAME', 'KIND', 'MAY', 'WHERE', 'LAST USED', 'ENDS'],
    name: ({ id }) => id,
    row: (token, now) => [
      token.id,
      cleanText(token.name),
      token.kind,
      token.scopes.join(','),
      whereWords(token),
      token.lastUsedAt ? age(token.lastUsedAt, now) : 'never',
      endWords(token, now),
    ],
  });
}

export async function showToken(context: Context, options: TokenOptions, named: string): Promise<void> {
  const { client } = await connect(context, options);
  const token = await findToken(context, client, options, named);
  const now = Date.now();
  printFacts(context, options, token, token.id, [
    ['name', token.name],
    ['kind', token.kind],
    ['may', token.scopes.join(', ')],
    ['where', whereWords(token)],
    ['of', token.user?.name],
    ['made', clock(token.createdAt, now)],
    ['last used', token.lastUsedAt ? clock(token.lastUsedAt, now) : 'never'],
    ['ends', endWords(token, now)],
  ]);
}

/** The token itself is written once, alone on standard output where that is no terminal, so that it can be piped on. */
export async function createToken(context: Context, options: TokenOptions, name: string): Promise<void> {
  const { client } = await connect(context, options);
  const body = await tokenBody(context, client, options, name);
  const made = await client.createToken({ body, signal: context.signal });
  const { terminal } = context;
  if (options.json) return terminal.json(made);
  terminal.note(
    `Token ${made.name} (${made.scopes.join(', ')}), ${endWords(made, Date.now())}. It is shown this once:`,
  );
  terminal.line(made.token);
}

export async function revokeToken(context: Context, options: TokenOptions, named: string): Promise<void> {
  const { client } = await connect(context, options);
  const token = await findToken(context, client, options, named);
  await confirm(
    context,
    options,
    `Revoke ${cleanText(token.name)} (${token.id})? Whoever uses it is refused from then on.`,
  );
  const reply = await client.deleteToken({ params: { token: token.id }, signal: context.signal });
  printDone(context, options, reply, token.id, `Revoked ${cleanText(token.name)} (${token.id}).`);
}

async function tokenBody(
  context: Context,
  client: Client,
  options: TokenOptions,
  name: string,
): Promise<Parameters<Client['createToken']>[0]['body']> {
  const days = expiry(options.expires);
  const kind = options.kind ?? (options.environment ? 'deploy' : 'personal');
  if (kind === 'deploy') return { kind, name, environment: await chooseEnvironment(context, client, options), ...days };
  if (kind === 'service') {
    const project = (await chooseProject(context, client, options.project)).slug;
    const scopes = (options.scope ?? ['deploy']) as Exclude<Scope, 'instance'>[];
    return { kind, name, scopes: [...scopes], project, ...days };
  }
  if (kind !== 'personal')
    throw new CliFailure(`${cleanText(kind.slice(0, 40))} is not a kind of token: personal, service, deploy`, {
      exitCode: exitCodes.usage,
      code: 'invalid',
    });
  const scopes = [...((options.scope ?? ['deploy']) as Scope[])];
  return { kind, name, scopes, ...(options.project ? { project: options.project } : {}), ...days };
}

function expiry(text: string | undefined): { expiresInDays?: number | null } {
  if (text === undefined) return {};
  if (text === 'never') return { expiresInDays: null };
  const days = /^(\d{1,4})d?$/.exec(text)?.[1];
  if (days !== undefined) return { expiresInDays: Number(days) };
  throw new CliFailure('--expires wants days (90), or `never`', { exitCode: exitCodes.usage, code: 'invalid' });
}

/** By id, or by its name where only one has it. */
async function findToken(context: Context, client: Client, options: TokenOptions, named: string): Promise<Token> {
  const { signal } = context;
  if (named.startsWith('tok_')) return client.getToken({ params: { token: named }, signal });
  const filter = options.project === undefined ? {} : { project: options.project };
  const { data } = await readList({ limit: 'all' }, (query) =>
    client.listTokens({ query: { ...query, ...filter }, signal }),
  );
  const matches = data.filter((token) => token.name === named && token.kind !== 'session');
  const [only] = matches;
  if (only && matches.length === 1) return only;
  throw only
    ? new CliFailure(`Several tokens are called so: ${matches.map(({ id }) => id).join(', ')}`, {
        exitCode: exitCodes.usage,
        code: 'ambiguous',
        hint: 'Name one by its id.',
      })
    : new CliFailure(`No token of yours is called ${cleanText(named.slice(0, 100))}`, {
        exitCode: exitCodes.notFound,
        code: 'not_found',
        hint: 'See them: sconce tokens. Those of a project: --project <slug>',
      });
}

function whereWords({ project, environment }: Token): string {
  if (environment && project) return `${project.slug}/${environment.slug}`;
  return project?.slug ?? 'everywhere you may';
}

function endWords(token: Token, now: number): string {
  if (token.revokedAt) return `revoked ${age(token.revokedAt, now)}`;
  if (!token.expiresAt) return 'never ends';
  return Date.parse(token.expiresAt) < now
    ? `ended ${age(token.expiresAt, now)}`
    : `ends ${clock(token.expiresAt, now)}`;
}
