import { Controller, Inject } from '@nestjs/common';
import { endpoints } from '@sconce/contract';
import { holdsInstance, visibleProjects } from '@sconce/core';
import { type EventHistoryFilter, listAuditEvents, readEventHistory, type StoredEvent } from '@sconce/db';
import { type ApiContext, CONTEXT } from '../context.ts';
import { ApiError } from '../endpoint/api-error.ts';
import type { Call, Followed } from '../endpoint/call.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { placeInQuery } from './place-in-query.ts';

type EventCall = Pick<Call, 'deps' | 'page' | 'following' | 'signal'> & {
  readonly query: {
    readonly type?: string | undefined;
    readonly subject?: string | undefined;
    readonly after?: string | undefined;
  };
};

@Controller()
export class EventsController {
  readonly #context: ApiContext;

  constructor(@Inject(CONTEXT) context: ApiContext) {
    this.#context = context;
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
    // Events of no project (people, tokens) are for administrators' eyes.
    const projectIds = holdsInstance(rights) ? null : (visibleProjects(rights) ?? []);
    return this.#answer(call, { projectIds, environmentId: rights.environmentId });
  }

  @Endpoint(endpoints.listAuditEvents)
  async listAuditEvents(call: Call<typeof endpoints.listAuditEvents>) {
    const { project, action = null, user = null } = call.query;
    if (project === undefined && !holdsInstance(call.caller.rights)) {
      throw new ApiError('forbidden', 'The whole audit log is for administrators of the installation', {
        hint: 'Name a project that you administer: `?project=`.',
      });
    }
    const place = project === undefined ? null : await placeInQuery(call, 'project', project, 'admin');
    const rows = await listAuditEvents(
      call.deps.db.tx,
      { projectId: place?.id ?? null, action, userId: user },
      call.page.listing,
    );
    return call.page.of(
      rows,
      (row) => String(row.position),
      ({ tokenId, userId, projectId, ...row }) => ({ ...row, token: tokenId, user: userId, project: projectId }),
    );
  }

  async #answer(call: EventCall, scope: EventHistoryFilter) {
    const filter = { ...scope, type: call.query.type ?? null, subjectId: call.query.subject ?? null };
    if (call.following) return this.#follow(call, filter);
    const rows = await readEventHistory(call.deps.db.tx, filter, call.page.listing);
    return call.page.of(rows, (row) => String(row.position), toEvent);
  }

  async #follow(call: EventCall, filter: EventHistoryFilter): Promise<Followed<ReturnType<typeof toEvent>>> {
    const { eventFeed } = this.#context;
    const given = call.following?.lastEventId ?? call.query.after ?? null;
    if (given !== null && !/^\d{1,20}\.\d{1,19}$/.test(given)) {
      throw new ApiError('invalid', 'Last-Event-ID is no event’s cursor', {
        errors: [{ path: 'Last-Event-ID', code: 'invalid', message: 'The id of an item of this stream' }],
      });
    }
    return { batches: toBatches(eventFeed.follow(given ?? (await eventFeed.horizon()), call.signal), filter) };
  }
}

async function* toBatches(events: AsyncIterable<readonly StoredEvent[]>, filter: EventHistoryFilter) {
  for await (const batch of events)
    yield batch.filter((event) => matches(event, filter)).map((event) => ({ id: event.cursor, item: toEvent(event) }));
}

function matches(event: StoredEvent, filter: EventHistoryFilter): boolean {
  const { projectIds, environmentId, serviceId, subjectId, type } = filter;
  return (
    (projectIds === null || (event.projectId !== null && projectIds.includes(event.projectId))) &&
    (!environmentId || event.environmentId === environmentId) &&
    (!serviceId || event.serviceId === serviceId) &&
    (!subjectId || event.subjectId === subjectId) &&
    (!type || event.type === type || event.type.startsWith(`${type}.`))
  );
}

function toEvent(event: StoredEvent) {
  const { projectId, environmentId, serviceId, subjectId, data, ...rest } = event;
  return {
    ...rest,
    project: projectId,
    environment: environmentId,
    service: serviceId,
    subject: subjectId,
    data: data as Record<string, unknown>,
  };
}
