import type { Client, Role, User } from '@sconce/contract';
import { confirm, confirmByName } from '../../ask/confirm.ts';
import { connect } from '../../connection/connect.ts';
import type { Context } from '../../context.ts';
import { CliFailure, exitCodes } from '../../exit-code.ts';
import { explainFailure } from '../../explain-failure.ts';
import { chooseProject } from '../../place/choose-project.ts';
import { printDone, printFacts } from '../../show/print-facts.ts';
import { type ListOptions, printList, readList } from '../../show/print-list.ts';
import { cleanText } from '../../terminal/clean-text.ts';
import { age, clock } from '../../terminal/times.ts';

export interface UserOptions extends ListOptions {
  readonly name?: string;
  readonly admin?: boolean;
  readonly project?: string;
  readonly role?: string;
  readonly yes?: boolean;
}

export async function listUsers(context: Context, options: UserOptions): Promise<void> {
  const { client } = await connect(context, options);
  const reply = await readList(options, (query) => client.listUsers({ query, signal: context.signal }));
  printList(context, options, reply, {
    empty: 'Nobody is here yet. Invite somebody: sconce users invite <email>',
    head: ['EMAIL', 'NAME', 'ADMINISTERS', 'SINCE'],
    name: ({ email }) => email,
    row: (user, now) => [user.email, cleanText(user.name), user.isAdmin ? 'everything' : '-', age(user.createdAt, now)],
  });
}

export async function showUser(context: Context, options: UserOptions, named: string): Promise<void> {
  const { client } = await connect(context, options);
  const user = await findUser(context, client, named);
  printFacts(context, options, user, user.email, [
    ['name', user.name],
    ['administers', user.isAdmin ? 'everything here' : null],
    ['since', clock(user.createdAt, Date.now())],
    ['id', user.id],
  ]);
}

/** Makes the account and, with `--project`, the membership. The link lets the new person in; it is shown this once. */
export async function inviteUser(context: Context, options: UserOptions, email: string): Promise<void> {
  const { client } = await connect(context, options);
  const { terminal, signal } = context;
  // Known before anything is made, so that nothing is half done.
  const project = options.project === undefined ? null : await chooseProject(context, client, options.project);
  const name = options.name ?? email.split('@')[0] ?? email;
  const made = await client.createUser({
    body: { email, name, ...(options.admin ? { isAdmin: true } : {}) },
    signal,
  });
  const role = (options.role ?? 'developer') as Role;
  const member = project
    ? await client
        .putMember({ params: { project: project.id, email: made.email }, body: { role }, signal })
        .catch((cause: unknown) => notMember(cause, made.email, project.slug, role))
    : null;
  if (options.json) return terminal.json(member ? { ...made, member } : made);
  const where = member && project ? `, ${member.role} in ${project.slug}` : '';
  terminal.note(`${cleanText(made.name)} <${made.email}>${where}. Send them this link; it is shown this once:`);
  terminal.line(made.setupUrl);
}

/** The account stands, and its link was not shown: both can be had again. */
function notMember(cause: unknown, email: string, project: string, role: Role): never {
  const { message, code, exitCode } = explainFailure(cause);
  throw new CliFailure(`${email} has an account now, but was not added to ${project}: ${message}`, {
    exitCode,
    code,
    hint: `Add them: sconce members set ${email} --project ${project} --role ${role}; then make a link: sconce users link ${email}`,
    cause,
  });
}

export async function removeUser(context: Context, options: UserOptions, named: string): Promise<void> {
  const { client } = await connect(context, options);
  const user = await findUser(context, client, named);
  const lost = [`${cleanText(user.name)} is refused from then on; their tokens and memberships go with them.`];
  await confirmByName(context, options, { verb: 'remove', name: user.email, lost });
  const reply = await client.deleteUser({ params: { user: user.id }, signal: context.signal });
  printDone(context, options, reply, user.email, `Removed ${user.email}.`);
}

/** A link that lets somebody in who did not come yet, or cannot sign in any more; it is shown this once. */
export async function makeSignInLink(context: Context, options: UserOptions, named: string): Promise<void> {
  const { client } = await connect(context, options);
  const { terminal, signal } = context;
  const user = await findUser(context, client, named);
  const link = await client.createSignInLink({ params: { user: user.id }, body: {}, signal });
  if (options.json) return terminal.json(link);
  terminal.note(
    `Send it to ${cleanText(user.name)} <${user.email}>. It works once, until ${clock(link.expiresAt, Date.now())}, and links made before it no more:`,
  );
  terminal.line(link.url);
}

/** Ends every session of a person; tokens go on. */
export async function signOutUser(context: Context, options: UserOptions, named: string): Promise<void> {
  const { client } = await connect(context, options);
  const user = await findUser(context, client, named);
  await confirm(context, options, `Sign ${user.email} out of every browser?`);
  const reply = await client.endUserSessions({ params: { user: user.id }, signal: context.signal });
  printDone(context, options, reply, user.email, `${user.email} is signed out everywhere.`);
}

/** By id, or by e-mail address. */
async function findUser(context: Context, client: Client, named: string): Promise<User> {
  const { signal } = context;
  if (named.startsWith('usr_')) return client.getUser({ params: { user: named }, signal });
  const { data } = await readList({ limit: 'all' }, (query) => client.listUsers({ query, signal }));
  const found = data.find(({ email }) => email === named.toLowerCase());
  if (found) return found;
  throw new CliFailure(`Nobody here has the address ${cleanText(named.slice(0, 100))}`, {
    exitCode: exitCodes.notFound,
    code: 'not_found',
    hint: 'See them: sconce users',
  });
}
