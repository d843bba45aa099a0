import type { Endpoint } from '@sconce/contract';
import type { ApiContext } from '../context.ts';
import { invalid } from './api-error.ts';
import type { Call } from './call.ts';
import { readIfMatch } from './etag.ts';
import type { Exchange } from './exchange.ts';
import { openPage } from './paging.ts';

/** Facts of the answer that the handler adds while it runs. */
export interface ReplyFacts {
  readonly headers: Record<string, string>;
  revision: string | null;
  created: boolean;
  readonly afterCommit: (() => Promise<unknown>)[];
}

export const noFacts = (): ReplyFacts => ({ headers: {}, revision: null, created: false, afterCommit: [] });

interface CallParts {
  /** Those of the context, or with the database of a unit of work. */
  readonly deps: ApiContext['deps'];
  readonly facts: ReplyFacts;
  /** As it came, not checked yet. */
  readonly rawBody?: unknown;
  /** Whether a stream was asked for. */
  readonly following?: boolean;
}

/** What the handler gets, checked against the contract. Throws `ApiError` `invalid`, which names the fields. */
export function makeCall(
  context: ApiContext,
  exchange: Exchange,
  { deps, facts, rawBody, following = false }: CallParts,
): Call {
  const { endpoint, request, state } = exchange;
  const query = parseQuery(endpoint, request.query) as Record<string, unknown>;
  const lastEventId = request.headers['last-event-id'];
  const isLog = exchange.path.endsWith('/logs');
  return {
    params: request.params as Call['params'],
    query,
    body: parseBody(endpoint, rawBody) as Call['body'],
    caller: state.caller as Call['caller'],
    from: { address: state.address, userAgent: request.headers['user-agent'] ?? null },
    // Endpoints whose path names nothing have no place, and read none.
    place: state.place ?? { id: '', projectId: '', environmentId: null },
    absent: state.absent,
    deps,
    dryRun: query.dryRun === true,
    ifMatch: readIfMatch(request.headers['if-match']),
    page: openPage(context.signingKey, `${state.name} ${exchange.path} ${state.caller?.actor}`, query, {
      limit: isLog ? 100 : 50,
    }),
    following: following
      ? { lastEventId: typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : null }
      : null,
    signal: exchange.signal,
    requestId: state.requestId,
    incoming: request.raw,
    reply: {
      header: (name, value) => {
        facts.headers[name] = value;
      },
      revision: (value) => {
        facts.revision = value;
      },
      created: () => {
        facts.created = true;
      },
    },
    afterCommit: (work) => {
      facts.afterCommit.push(work);
    },
    tell: (facts) => {
      state.told = facts;
    },
    actsAs: (caller) => {
      state.caller = caller;
    },
    triedToBe: (userId) => {
      state.tried = { userId };
    },
  };
}

export function parseQuery(endpoint: Endpoint, raw: unknown): unknown {
  const parsed = endpoint.query.safeParse(raw ?? {});
  if (!parsed.success) throw invalid('The query', parsed.error);
  return parsed.data;
}

function parseBody(endpoint: Endpoint, raw: unknown): unknown {
  if (!endpoint.body) return undefined;
  const parsed = endpoint.body.safeParse(raw);
  if (!parsed.success) throw invalid('The body', parsed.error);
  return parsed.data;
}
