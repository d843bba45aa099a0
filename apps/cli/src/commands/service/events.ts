import type { Client, Event } from '@sconce/contract';
import { connect } from '../../connection/connect.ts';
import type { Context } from '../../context.ts';
import { chooseEnvironment } from '../../place/choose-environment.ts';
import { chooseService } from '../../place/choose-service.ts';
import { type Feed, type FeedOptions, printFeed, tellCut } from '../../show/print-feed.ts';
import { cleanText } from '../../terminal/clean-text.ts';
import { clock } from '../../terminal/times.ts';

export interface EventsOptions extends FeedOptions {
  readonly service?: string;
  readonly environment?: string;
  readonly project?: string;
  readonly type?: string;
  readonly subject?: string;
  readonly actor?: string;
}

/** What happened, oldest first; with `--follow` also what comes, over cuts and restarts without a gap. */
export async function events(context: Context, options: EventsOptions): Promise<void> {
  const { client } = await connect(context, options);
  await printFeed(context, options, await feedOf(context, client, options), printer(context, options));
}

/** The narrowest that was named: a service, an environment, a project, or all that may be seen. */
async function feedOf(context: Context, client: Client, options: EventsOptions): Promise<Feed<Event>> {
  const { signal } = context;
  const { type, subject, actor } = options;
  const filter = { ...(type && { type }), ...(subject && { subject }), ...(actor && { actor }) };
  const onReconnect = tellCut(context);
  if (options.service !== undefined) {
    const params = { service: (await chooseService(context, client, options.service)).id };
    return {
      page: (query) => client.listServiceEvents({ params, query: { ...query, ...filter }, signal }),
      stream: (after) =>
        client.follow.listServiceEvents({ params, query: { ...filter, ...after }, signal, onReconnect }),
    };
  }
  if (options.environment !== undefined) {
    const params = { environment: await chooseEnvironment(context, client, options) };
    return {
      page: (query) => client.listEnvironmentEvents({ params, query: { ...query, ...filter }, signal }),
      stream: (after) =>
        client.follow.listEnvironmentEvents({ params, query: { ...filter, ...after }, signal, onReconnect }),
    };
  }
  if (options.project !== undefined) {
    const params = { project: options.project };
    return {
      page: (query) => client.listProjectEvents({ params, query: { ...query, ...filter }, signal }),
      stream: (after) =>
        client.follow.listProjectEvents({ params, query: { ...filter, ...after }, signal, onReconnect }),
    };
  }
  return {
    page: (query) => client.listEvents({ query: { ...query, ...filter }, signal }),
    stream: (after) => client.follow.listEvents({ query: { ...filter, ...after }, signal, onReconnect }),
  };
}

function printer(context: Context, options: EventsOptions): (event: Event) => void {
  const { terminal } = context;
  if (options.json) return (event) => terminal.json(event);
  const { dim, bold } = terminal.colours;
  return (event) => {
    const by = event.actor ? ` by ${event.actorName ?? event.actor}` : '';
    terminal.line(
      `${dim(clock(event.at, Date.now()))}  ${bold(cleanText(event.type))}  ${cleanText(event.subject)}${dim(cleanText(`${by}${detailWords(event)}`))}`,
    );
  };
}

/** What is told with it, in one line: texts, numbers and answers, without what is long. */
function detailWords({ data }: Event): string {
  const parts = Object.entries(data).flatMap(([key, value]) =>
    (typeof value === 'string' && value.length <= 120) || typeof value === 'number' || typeof value === 'boolean'
      ? [`${key} ${value}`]
      : [],
  );
  return parts.length === 0 ? '' : `  ${parts.slice(0, 6).join(', ')}`;
}
