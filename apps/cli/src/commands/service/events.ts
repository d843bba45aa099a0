import type { Client, Event } from '@sconce/contract';
import { connect } from '../../connection/connect.ts';
import type { Context } from '../../context.ts';
import { Interrupted } from '../../exit-code.ts';
import { chooseEnvironment } from '../../place/choose-environment.ts';
import { chooseService } from '../../place/choose-service.ts';
import { type ListOptions, type Page, readList } from '../../show/print-list.ts';
import { cleanText } from '../../terminal/clean-text.ts';
import { clock } from '../../terminal/times.ts';

export interface EventsOptions extends ListOptions {
  readonly service?: string;
  readonly environment?: string;
  readonly project?: string;
  readonly type?: string;
  readonly subject?: string;
  readonly after?: string;
  readonly follow?: boolean;
}

interface Feed {
  readonly page: (query: { limit: number; cursor?: string }) => Promise<Page<Event>>;
  readonly stream: () => AsyncIterable<Event>;
}

/** What happened, oldest first; with `--follow` also what comes, over cuts and restarts without a gap. */
export async function events(context: Context, options: EventsOptions): Promise<void> {
  const { client } = await connect(context, options);
  const feed = await feedOf(context, client, options);
  const print = printer(context, options);
  let last: string | null = options.after ?? null;
  try {
    if (!options.after || !options.follow) {
      const { data } = await readList({ ...options, limit: options.limit ?? '20' }, feed.page);
      for (const event of [...data].reverse()) print(event);
      last = data[0]?.cursor ?? last;
    }
    if (!options.follow) return;
    for await (const event of streamFrom(context, client, options, last)) {
      print(event);
      last = event.cursor;
    }
  } catch (error) {
    if (!context.signal.aborted) throw error;
    throw new Interrupted(last === null ? 'Stopped.' : `Stopped. Go on from there: --after ${last}`);
  }
}

async function* streamFrom(
  context: Context,
  client: Client,
  options: EventsOptions,
  last: string | null,
): AsyncGenerator<Event> {
  yield* (await feedOf(context, client, { ...options, ...(last === null ? {} : { after: last }) })).stream();
}

/** The narrowest that was named: a service, an environment, a project, or all that may be seen. */
async function feedOf(context: Context, client: Client, options: EventsOptions): Promise<Feed> {
  const { signal } = context;
  const filter = {
    ...(options.type === undefined ? {} : { type: options.type }),
    ...(options.subject === undefined ? {} : { subject: options.subject }),
  };
  const after = options.after === undefined ? {} : { after: options.after };
  if (options.service !== undefined) {
    const params = { service: (await chooseService(context, client, options.service)).id };
    return {
      page: (query) => client.listServiceEvents({ params, query: { ...query, ...filter }, signal }),
      stream: () => client.follow.listServiceEvents({ params, query: { ...filter, ...after }, signal }),
    };
  }
  if (options.environment !== undefined) {
    const params = { environment: await chooseEnvironment(context, client, options) };
    return {
      page: (query) => client.listEnvironmentEvents({ params, query: { ...query, ...filter }, signal }),
      stream: () => client.follow.listEnvironmentEvents({ params, query: { ...filter, ...after }, signal }),
    };
  }
  if (options.project !== undefined) {
    const params = { project: options.project };
    return {
      page: (query) => client.listProjectEvents({ params, query: { ...query, ...filter }, signal }),
      stream: () => client.follow.listProjectEvents({ params, query: { ...filter, ...after }, signal }),
    };
  }
  return {
    page: (query) => client.listEvents({ query: { ...query, ...filter }, signal }),
    stream: () => client.follow.listEvents({ query: { ...filter, ...after }, signal }),
  };
}

function printer(context: Context, options: EventsOptions): (event: Event) => void {
  const { terminal } = context;
  if (options.json) return (event) => terminal.json(event);
  const { dim, bold } = terminal.colours;
  return (event) => {
    const by = event.actor ? ` by ${event.actor}` : '';
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
