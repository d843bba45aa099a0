import { connect } from '../../connection/connect.ts';
import type { Context } from '../../context.ts';
import { type ListOptions, printList, readList } from '../../show/print-list.ts';
import { cleanText } from '../../terminal/clean-text.ts';
import { clock } from '../../terminal/times.ts';

export interface AuditOptions extends ListOptions {
  readonly project?: string;
  readonly action?: string;
  readonly user?: string;
}

/** Who did, or tried to do, what. Without a project: the whole installation, for those who look after it. */
export async function listAuditEvents(context: Context, options: AuditOptions): Promise<void> {
  const { client } = await connect(context, options);
  const { project, action, user } = options;
  const filter = { ...(project && { project }), ...(action && { action }), ...(user && { user }) };
  const reply = await readList(options, (query) =>
    client.listAuditEvents({ query: { ...query, ...filter }, signal: context.signal }),
  );
  printList(context, options, reply, {
    empty: 'Nothing of that kind was done yet.',
    head: ['WHEN', 'ACTION', 'ON', 'ANSWER', 'BY', 'FROM'],
    name: ({ id }) => id,
    row: (event, now) => [
      clock(event.at, now),
      cleanText(event.action),
      cleanText(event.target ?? '-'),
      `${event.status}${event.code ? ` ${event.code}` : ''}`,
      cleanText(event.user ?? event.token ?? '-'),
      event.address ?? '-',
    ],
  });
}
