import { type AuditEvent, type Client, execWords } from '@sconce/contract';
import { connect } from '../../connection/connect.ts';
import type { Context } from '../../context.ts';
import { type FeedOptions, printFeed, refuseLoneAfter, tellCut } from '../../show/print-feed.ts';
import { printList, readList } from '../../show/print-list.ts';
import { cleanText } from '../../terminal/clean-text.ts';
import { clock } from '../../terminal/times.ts';

export interface AuditOptions extends FeedOptions {
  readonly project?: string;
  readonly action?: string;
  readonly user?: string;
}

/** Who did, or tried to do, what. Without a project: the whole installation, for those who look after it. */
export async function listAuditEvents(context: Context, options: AuditOptions): Promise<void> {
  const { client } = await connect(context, options);
  const { project, action, user } = options;
  const filter = { ...(project && { project }), ...(action && { action }), ...(user && { user }) };
  const page = (query: { limit: number; cursor?: string }) =>
    client.listAuditEvents({ query: { ...query, ...filter }, signal: context.signal });
  refuseLoneAfter(options);
  if (options.follow) return followAudit(context, options, client, page);
  const reply = await readList(options, page);
  printList(context, options, reply, {
    empty: 'Nothing of that kind was done yet.',
    head: ['WHEN', 'ACTION', 'ON', 'ANSWER', 'BY', 'FROM'],
    name: ({ id }) => id,
    row: (event, now) => [
      clock(event.at, now),
      cleanText(event.action),
      targetWords(event) || '-',
      answerWords(event),
      whoWords(event),
      event.address ?? '-',
    ],
  });
}

/** The last rows and those to come. A stream leaves out what its reader may not see; a page says so, and is asked for first. */
async function followAudit(
  context: Context,
  options: AuditOptions,
  client: Client,
  page: Parameters<typeof printFeed<AuditEvent>>[2]['page'],
): Promise<void> {
  const { signal, terminal } = context;
  if (options.after !== undefined) await page({ limit: 1 });
  // Rows name their project by its id.
  const { project: named, action, user } = options;
  const project = named === undefined ? null : (await client.getProject({ params: { project: named }, signal })).id;
  const isAskedFor = (row: AuditEvent) =>
    (project === null || row.project === project) &&
    (action === undefined || row.action === action) &&
    (user === undefined || row.user === user);
  async function* stream(after: { after?: string }): AsyncGenerator<AuditEvent> {
    const query = { type: 'audit', audited: true, ...after };
    for await (const { data } of client.follow.listEvents({ query, signal, onReconnect: tellCut(context) })) {
      const row = data as AuditEvent;
      if (isAskedFor(row)) yield row;
    }
  }
  const { dim, bold } = terminal.colours;
  await printFeed(context, options, { page, stream }, (row) => {
    if (options.json) return terminal.json(row);
    const words = targetWords(row);
    const target = words === '' ? '' : `  ${words}`;
    const from = row.address === null ? '' : ` from ${row.address}`;
    terminal.line(
      `${dim(clock(row.at, Date.now()))}  ${bold(cleanText(row.action))}${target}  ${answerWords(row)}${dim(` by ${whoWords(row)}${from}`)}`,
    );
  });
}

function answerWords({ status, code }: AuditEvent): string {
  return `${status}${code ? ` ${code}` : ''}`;
}

/** `Ana with laptop`: the person and the token, by name as far as they have one; ids stand in `--json`. */
function whoWords({ user, userName, token, tokenName }: AuditEvent): string {
  const [person, means] = [userName ?? user, tokenName ?? token];
  if (person === null) return cleanText(means ?? 'nobody known');
  return cleanText(tokenName === null ? person : `${person} with ${tokenName}`);
}

/** What it was done to; of a command in a replica also where, and which. */
function targetWords({ target, data }: AuditEvent): string {
  return cleanText([target, execWords(data)].filter(Boolean).join(' '));
}
