import { Controller, Inject } from '@nestjs/common';
import { endpoints } from '@sconce/contract';
import { buildEnds, type LogLine } from '@sconce/core';
import { findReleaseByNumber, releaseNumber, viewBuild } from '@sconce/db';
import { type ApiContext, CONTEXT } from '../context.ts';
import { ApiError } from '../endpoint/api-error.ts';
import type { Call, Followed } from '../endpoint/call.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { existing } from './existing.ts';
import { type LogFilter, makeLogFilter, readLogPage } from './log-page.ts';
import { createLineNamer, type ShownLine } from './name-releases.ts';

const serviceTail = 100;

@Controller()
export class LogsController {
  readonly #context: ApiContext;

  constructor(@Inject(CONTEXT) context: ApiContext) {
    this.#context = context;
  }

  @Endpoint(endpoints.listServiceLogs)
  async listServiceLogs(call: Call<typeof endpoints.listServiceLogs>) {
    const { release } = call.query;
    const number = release === undefined ? null : releaseNumber(release);
    const releaseId =
      number === null
        ? (release ?? null)
        : ((await findReleaseByNumber(call.deps.db.tx, call.place.id, number)) ?? 'none');
    const filter = makeLogFilter({ ...call.query, release: releaseId });
    if (!call.following) return readLogPage(call, call.place.id, filter);
    return this.#follow(call, call.place.id, filter, { tail: serviceTail });
  }

  @Endpoint(endpoints.listBuildLogs)
  async listBuildLogs(call: Call<typeof endpoints.listBuildLogs>) {
    const filter = makeLogFilter({ ...call.query, release: null });
    if (!call.following) return readLogPage(call, call.place.id, filter);
    return this.#followBuild(call, filter);
  }

  /** Ends when the build has, after its last line. */
  async #followBuild(call: Call<typeof endpoints.listBuildLogs>, filter: LogFilter): Promise<Followed<ShownLine>> {
    const id = call.place.id;
    const read = () => existing('build', viewBuild(this.#context.deps.db.tx, id));
    let last = await read();
    const unwatch = this.#context.eventFeed.watch(() => this.#context.logFeeds.nudge(id));
    call.signal.addEventListener('abort', unwatch, { once: true });
    const ended = async () => {
      last = await read();
      return (buildEnds as readonly string[]).includes(last.phase);
    };
    const followed = await this.#follow(call, id, filter, { tail: null, ended });
    return { ...followed, end: () => ({ build: id, phase: last.phase, reason: last.reason }) };
  }

  async #follow(
    call: Pick<Call, 'following' | 'signal'> & {
      readonly query: { readonly after?: number | undefined; readonly tail?: number | undefined };
    },
    stream: string,
    filter: LogFilter,
    options: { readonly tail: number | null; readonly ended?: () => Promise<boolean> },
  ): Promise<Followed<ShownLine>> {
    const { logFeeds } = this.#context;
    const from = resumeAt(call.following?.lastEventId ?? null) ?? call.query.after ?? null;
    const tail = call.query.tail ?? options.tail;
    const after = from ?? (tail === null ? 0 : Math.max(0, (await logFeeds.lastLine(stream)) - tail));
    const lines = logFeeds.follow(stream, {
      after,
      signal: call.signal,
      ...(options.ended ? { ended: options.ended } : {}),
    });
    return { batches: toBatches(lines, filter, createLineNamer(this.#context.deps.db.tx)) };
  }
}

async function* toBatches(
  lines: AsyncIterable<readonly LogLine[]>,
  filter: LogFilter,
  named: ReturnType<typeof createLineNamer>,
) {
  for await (const batch of lines)
    yield (await named(batch.filter(filter))).map((item) => ({ id: String(item.line), item }));
}

function resumeAt(lastEventId: string | null): number | null {
  if (lastEventId === null) return null;
  if (/^\d{1,15}$/.test(lastEventId)) return Number(lastEventId);
  throw new ApiError('invalid', 'Last-Event-ID is no line’s number', {
    errors: [{ path: 'Last-Event-ID', code: 'invalid', message: 'The id of an item of this stream' }],
  });
}
