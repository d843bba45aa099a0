import type { Role } from '@sconce/contract';
import { confirm } from '../../ask/confirm.ts';
import { connect } from '../../connection/connect.ts';
import type { Context } from '../../context.ts';
import { chooseProject } from '../../place/choose-project.ts';
import { printDone } from '../../show/print-facts.ts';
import { type ListOptions, printList, readList } from '../../show/print-list.ts';
import { cleanText } from '../../terminal/clean-text.ts';
import { age } from '../../terminal/times.ts';

export interface MemberOptions extends ListOptions {
  readonly project?: string;
  readonly role?: string;
  readonly yes?: boolean;
}

export async function listMembers(context: Context, options: MemberOptions): Promise<void> {
  const { client } = await connect(context, options);
  const project = await chooseProject(context, client, options.project);
  const reply = await readList(options, (query) =>
    client.listMembers({ params: { project: project.id }, query, signal: context.signal }),
  );
  printList(context, options, reply, {
    empty: `${project.slug} has no members. Add one: sconce members set <email> --role developer`,
    head: ['EMAIL', 'NAME', 'ROLE', 'SINCE', 'CAME'],
    name: ({ user }) => user.email,
    row: ({ user, role, createdAt, cameAt }, now) => [
      user.email,
      cleanText(user.name),
      role,
      age(createdAt, now),
      cameAt ? age(cameAt, now) : 'not yet',
    ],
  });
}

/** Adds somebody who has an account here, or changes their role. */
export async function setMember(context: Context, options: MemberOptions, email: string): Promise<void> {
  const { client } = await connect(context, options);
  const project = await chooseProject(context, client, options.project);
  const role = (options.role ?? 'developer') as Role;
  const member = await client.putMember({
    params: { project: project.id, email },
    body: { role },
    signal: context.signal,
  });
  const { user } = member;
  printDone(
    context,
    options,
    member,
    user.email,
    `${cleanText(user.name)} <${user.email}> is ${member.role} in ${project.slug}.`,
  );
}

export async function removeMember(context: Context, options: MemberOptions, email: string): Promise<void> {
  const { client } = await connect(context, options);
  const project = await chooseProject(context, client, options.project);
  await confirm(context, options, `Take ${cleanText(email)} out of ${project.slug}?`);
  const reply = await client.deleteMember({ params: { project: project.id, email }, signal: context.signal });
  printDone(context, options, reply, email, `${cleanText(email)} is no member of ${project.slug} any more.`);
}
