import { type Endpoint, takesKey } from '@sconce/contract';
import type { ApiContext } from '../context.ts';
import { readJson } from '../http/read-json.ts';
import { ApiError, isDeadlock } from './api-error.ts';
import { writeAudit } from './audit.ts';
import { makeEtag, revisionOf } from './etag.ts';
import type { Exchange } from './exchange.ts';
import { findReplay, type HeldKey, holdKey, type ReplyText } from './idempotency.ts';
import { makeCall, noFacts, parseQuery, type ReplyFacts } from './make-call.ts';
import type { RequestState } from './request-state.ts';
import { sendJson } from './send-json.ts';
import { toReply } from './to-reply.ts';
import { beginUnitOfWork } from './unit-of-work.ts';
import { waitForWork, waitOf } from './wait-for-work.ts';

const tries = 3;

interface Effect {
  readonly body: unknown;
  readonly dryRun: boolean;
  readonly held: HeldKey | null;
}

/** Answers a request that changes something: once per idempotency key, in one transaction, and after the work it began where the client waits for that. */
export async function write(context: ApiContext, exchange: Exchange): Promise<void> {
  const { reply, endpoint, state } = exchange;
  const body = endpoint.body ? await readJson(exchange.request.raw) : undefined;
  const query = parseQuery(endpoint, exchange.request.query);
  const dryRun = (query as { dryRun?: boolean }).dryRun === true;
  const keyed = dryRun ? null : await holdKeyOf(context, exchange, body);
  if (state.refusal && !(keyed && 'replay' in keyed)) throw state.refusal;
  if (keyed && 'replay' in keyed) {
    state.audited = true;
    return sendJson(reply, keyed.replay);
  }
  const made = await takeEffect(context, exchange, { body, dryRun, held: keyed?.held ?? null });
  const waitMs = waitOf(query);
  if (waitMs === null || dryRun) return sendJson(reply, made);
  const ended = await waitForWork(
    context,
    endpoint.longWork,
    { ...(JSON.parse(made.text) as object), serviceId: state.place?.id },
    waitMs,
    exchange.signal,
    null,
  );
  sendJson(reply, { ...made, text: toReply(endpoint, ended).text });
}

async function holdKeyOf({ deps }: ApiContext, exchange: Exchange, body: unknown) {
  const { request, state, endpoint, options } = exchange;
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  if (!takesKey(endpoint)) throw keyNotTaken();
  if (state.caller === null || state.bearer === null) return null;
  // Values of variables and secrets, and passwords, come with all methods but POST.
  const isSecret = endpoint.method !== 'POST' || options.sealReply === true;
  const keyed = {
    owner: state.caller.tokenId,
    key: Array.isArray(key) ? key.join() : key,
    method: endpoint.method,
    path: exchange.path,
    body,
    sealWith: isSecret ? state.bearer : null,
  };
  return state.refusal ? findReplay(deps, keyed) : holdKey(deps, keyed);
}

/** Tries again when Postgres broke a deadlock by ending this transaction: nothing of it stays, so doing it again is doing it once. */
async function takeEffect(context: ApiContext, exchange: Exchange, effect: Effect): Promise<ReplyText> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await takeEffectOnce(context, exchange, effect, noFacts());
    } catch (error) {
      if (attempt < tries && isDeadlock(error)) continue;
      await effect.held?.release().catch(() => {});
      throw error;
    }
  }
}

/** The handler's effect, the audit row and the idempotency key are one transaction; a dry run undoes it. */
async function takeEffectOnce(
  context: ApiContext,
  exchange: Exchange,
  { body, dryRun, held }: Effect,
  facts: ReplyFacts,
): Promise<ReplyText> {
  const { endpoint, state, path } = exchange;
  const unit = await beginUnitOfWork(context.deps.db, dryRun || !looksOutsideFirst(exchange));
  try {
    state.call = makeCall(context, exchange, { deps: { ...context.deps, db: unit.db }, rawBody: body, facts });
    const answer = await exchange.invoke();
    const { text, parsed } = toReply(endpoint, answer);
    const status = dryRun ? 200 : facts.created ? 201 : endpoint.status;
    const headers = {
      ...facts.headers,
      etag: makeEtag(text, facts.revision ?? revisionOf(parsed)),
      ...(dryRun ? { 'sconce-dry-run': 'true' } : {}),
    };
    if (dryRun) {
      await unit.rollback();
      return { status, text, headers };
    }
    await unit.commit(async (tx) => {
      await held?.store(tx, { status, text, headers });
      await writeAudit(tx, state, path, status, null);
    });
    state.audited = true;
    await finish(context, facts, state);
    return { status, text, headers };
  } catch (error) {
    await unit.rollback().catch(() => {});
    throw error;
  }
}

const looksOutsideFirst = ({ options, endpoint }: { options: Exchange['options']; endpoint: Endpoint }): boolean =>
  options.looksOutsideFirst === true || endpoint.longWork === 'build' || endpoint.longWork === 'deployment';

async function finish({ deps }: ApiContext, facts: ReplyFacts, state: RequestState): Promise<void> {
  for (const work of facts.afterCommit) {
    await work().catch((error: unknown) =>
      deps.log.warn({ err: error, action: state.name }, 'what was to follow a change failed'),
    );
  }
}

function keyNotTaken(): ApiError {
  return new ApiError(
    'invalid',
    'This takes no Idempotency-Key: its answer is a secret, and is not kept to be given again',
    {
      errors: [{ path: 'Idempotency-Key', code: 'not_taken', message: 'Not taken here' }],
      hint: 'Send the request without the header. Asking twice makes two sessions; each ends by itself, or by DELETE /v1/sessions/current.',
    },
  );
}
