import { confirm } from '../../ask/confirm.ts';
import { connect } from '../../connection/connect.ts';
import type { Context } from '../../context.ts';
import { CliFailure, exitCodes } from '../../exit-code.ts';
import { printDone } from '../../show/print-facts.ts';
import { type ListOptions, printList, readList } from '../../show/print-list.ts';
import { cleanText } from '../../terminal/clean-text.ts';
import { age } from '../../terminal/times.ts';

export interface SessionOptions extends ListOptions {
  readonly all?: boolean;
  readonly yes?: boolean;
}

/** Browsers in which you are signed in. */
export async function listSessions(context: Context, options: SessionOptions): Promise<void> {
  const { client } = await connect(context, options);
  const reply = await readList(options, (query) => client.listSessions({ query, signal: context.signal }));
  printList(context, options, reply, {
    empty: 'You are signed in in no browser.',
    head: ['SESSION', 'BEGAN WITH', 'BROWSER', 'FROM', 'BEGAN', 'LAST USED'],
    name: ({ id }) => id,
    row: (session, now) => [
      session.id,
      session.beganWith?.replaceAll('_', ' ') ?? '-',
      cleanText(session.userAgent ?? '-').slice(0, 40),
      cleanText(session.address ?? '-'),
      age(session.createdAt, now),
      session.lastUsedAt ? age(session.lastUsedAt, now) : '-',
    ],
  });
}

/** Ends one of them, or with `--all` every one. */
export async function endSession(context: Context, options: SessionOptions, id: string | undefined): Promise<void> {
  const { client } = await connect(context, options);
  const { signal } = context;
  if (id === undefined && !options.all)
    throw new CliFailure('Name the session, or all of them: --all', {
      exitCode: exitCodes.usage,
      code: 'invalid',
      hint: 'See them: sconce sessions',
    });
  await confirm(context, options, id === undefined ? 'Sign out of every browser?' : `End session ${cleanText(id)}?`);
  const reply =
    id === undefined
      ? await client.endOtherSessions({ signal })
      : await client.endSession({ params: { session: id }, signal });
  const ended = reply.also.sessions ?? 1;
  printDone(context, options, reply, id ?? reply.id, ended === 1 ? 'Ended one session.' : `Ended ${ended} sessions.`);
}
