import { Controller, Inject } from '@nestjs/common';
import { endpoints } from '@sconce/contract';
import { holdsInstance, mayReadAudit, visibleProjects } from '@sconce/core';
import { type AuditFacts, auditRecorded, listAuditEvents, readEventHistory, type StoredEvent } from '@sconce/db';
import { type ApiContext, CONTEXT } from '../context.ts';
import { ApiError } from '../endpoint/api-error.ts';
import type { Call, Followed } from '../endpoint/call.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { toMeasuredEvents } from '../metrics/to-measured-event.ts';
import { ActorNames } from '../streams/actor-names.ts';
import { interleave } from '../streams/interleave.ts';
import type { MeasuredSlot } from '../streams/metric-feed.ts';
import { matches, type StreamFilter } from '../streams/stream-filter.ts';
import { placeInQuery } from './place-in-query.ts';

type EventCall = Pick<Call, 'deps' | 'page' | 'following' | 'signal'> & {
  readonly query: {
    readonly type?: string | undefined;
    readonly subject?: string | undefined;
    readonly actor?: string | undefined;
    readonly after?: string | undefined;
    readonly measured?: boolean | undefined;
    readonly audited?: boolean | undefined;
  };
};

@Controller()
export class EventsController {
  readonly #context: ApiContext;
  readonly #names: ActorNames;

  constructor(@Inject(CONTEXT) context: ApiContext) {
    this.#context = context;
    this.#names = new ActorNames(() => context.deps.clock.now());
  }

  @Endpoint(endpoints.listServiceEvents)
  async listServiceEvents(call: Call<typeof endpoints.listServiceEvents>) {
    return this.#answer(call, { projectIds: [call.place.projectId], serviceId: call.place.id });
  }

  @Endpoint(endpoints.listEnvironmentEvents)
  async listEnvironmentEvents(call: Call<typeof endpoints.listEnvironmentEvents>) {
    return this.#answer(call, { projectIds: [call.place.projectId], environmentId: call.place.id });
  }

  @Endpoint(endpoints.listProjectEvents)
  async listProjectEvents(call: Call<typeof endpoints.listProjectEvents>) {
    return this.#answer(call, { projectIds: [call.place.projectId] });
  }

  @Endpoint(endpoints.listEvents)
  async listEvents(call: Call<typeof endpoints.listEvents>) {
    const { rights } = call.caller;
    // Events of no project (people, tokens, sessions) are for administrators' eyes, and for those who caused them.
    const projectIds = holdsInstance(rights) ? null : (visibleProjects(rights) ?? []);
    const ownOf = rights.projectId === null ? (call.caller.user?.id ?? null) : null;
    const audits = call.query.audited ? (projectId: string | null) => mayReadAudit(rights, projectId) : undefined;
    const { environmentId } = rights;
    return this.#answer(call, { projectIds, ownOf, environmentId, clusters: true, ...(audits ? { audits } : {}) });
  }

  @Endpoint(endpoints.listAuditEvents)
  async listAuditEvents(call: Call<typeof endpoints.listAuditEvents>) {
    const { project, action = null, user = null } = call.query;
    if (project === undefined && !mayReadAudit(call.caller.rights, null)) {
      throw new ApiError('forbidden', 'The whole audit log is for administrators of the installation', {
        hint: 'Name a project that you administer.',
      });
    }
    const place = project === undefined ? null : await placeInQuery(call, 'project', project, 'admin');
    const rows = await listAuditEvents(
      call.deps.db.tx,
      { projectId: place?.id ?? null, action, userId: user },
      call.page.listing,
    );
    const nameOf = await this.#names.of(
      call.deps.db,
      rows.flatMap(({ tokenId, userId }) => [tokenId, userId]),
    );
    return call.page.of(
      rows,
      (row) => String(row.position),
      (row) => toAuditEvent(row, nameOf),
    );
  }

  async #answer(call: EventCall, scope: StreamFilter) {
    const { type = null, subject = null, actor = null } = call.query;
    const filter = { ...scope, type, subjectId: subject, actor };
    if (call.following) return this.#follow(call, filter);
    if (call.query.measured !== undefined)
      throw forStreams('measured', 'What is measured is told by streams alone; it stands in no history');
    if (call.query.audited !== undefined)
      throw forStreams('audited', 'Rows of the audit log are told by streams alone; their history is /v1/audit-events');
    const rows = await readEventHistory(call.deps.db.tx, filter, call.page.listing);
    const nameOf = await this.#names.of(
      call.deps.db,
      rows.map(({ actor }) => actor),
    );
    return call.page.of(
      rows,
      (row) => String(row.position),
      (row) => toEvent(row, nameOf),
    );
  }

  async #follow(call: EventCall, filter: StreamFilter): Promise<Followed<ReturnType<typeof toEvent>>> {
    const { eventFeed } = this.#context;
    const given = call.following?.lastEventId ?? call.query.after ?? null;
    if (given !== null && !/^\d{1,20}\.\d{1,19}$/.test(given)) {
      throw new ApiError('invalid', 'Last-Event-ID is no event’s cursor', {
        errors: [{ path: 'Last-Event-ID', code: 'invalid', message: 'The id of an item of this stream' }],
      });
    }
    const from = given ?? (await eventFeed.horizon());
    const place = { cursor: from };
    const events = this.#toBatches(eventFeed.follow(from, call.signal), filter, place);
    if (!call.query.measured) return { batches: events };
    const measured = toMeasuredBatches(this.#context.metricFeed.follow(call.signal), filter, place);
    return { batches: interleave(events, measured) };
  }

  async *#toBatches(events: AsyncIterable<readonly StoredEvent[]>, filter: StreamFilter, place: Place) {
    for await (const batch of events) {
      place.cursor = batch.at(-1)?.cursor ?? place.cursor;
      const matching = batch.filter((event) => matches(event, filter));
      const actors = matching.flatMap((event) => [event.actor, ...namedIn(event)]);
      const nameOf = await this.#names.of(this.#context.deps.db, actors);
      yield matching.map((event) => ({ id: event.cursor, item: toEvent(event, nameOf) }));
    }
  }
}

/** Where the stream stands: what is only told and not kept resumes there, too. */
interface Place {
  cursor: string;
}

async function* toMeasuredBatches(all: AsyncIterable<MeasuredSlot>, filter: StreamFilter, place: Place) {
  for await (const slot of all) {
    const events = toMeasuredEvents(slot, place.cursor);
    yield events
      .filter((event) => matches({ ...event, ...event.of }, filter))
      .map(({ of: _, ...item }) => ({ id: item.cursor, item }));
  }
}

type NameOf = (actor: string | null) => string | null;

function toEvent(event: StoredEvent, nameOf: NameOf) {
  const { projectId, environmentId, serviceId, subjectId, data, ...rest } = event;
  return {
    ...rest,
    actorName: nameOf(event.actor),
    project: projectId,
    environment: environmentId,
    service: serviceId,
    subject: subjectId,
    data: (event.type === auditRecorded ? toAuditEvent({ ...event, ...(data as AuditFacts) }, nameOf) : data) as Record<
      string,
      unknown
    >,
  };
}

/** Whom a row of the audit log names beside its actor. */
const namedIn = ({ type, data }: StoredEvent): readonly (string | null)[] =>
  type === auditRecorded ? [(data as AuditFacts).tokenId] : [];

function toAuditEvent(
  {
    id,
    cursor,
    at,
    projectId,
    tokenId,
    userId,
    ...row
  }: AuditFacts & Pick<StoredEvent, 'id' | 'at' | 'projectId'> & { readonly cursor: string | null },
  nameOf: NameOf,
) {
  const { action, target, status, code, address, requestId, data } = row;
  return {
    id,
    cursor,
    at,
    action,
    target,
    status,
    code,
    user: userId,
    userName: nameOf(userId),
    token: tokenId,
    tokenName: nameOf(tokenId),
    project: projectId,
    address,
    requestId,
    data: data as Record<string, unknown>,
  };
}

function forStreams(path: string, message: string): ApiError {
  return new ApiError('invalid', `${path}: ${message}`, { errors: [{ path, code: 'invalid', message }] });
}
