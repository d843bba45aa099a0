import { type BuildId, type DeliveryContent, decideRef, type PushEvent, parseDelivery } from '@sconce/core';
import {
  appendEvent,
  type DeliveryOutcome,
  type DeliveryRow,
  findPushedRepositories,
  lockReceivedDelivery,
  type PushedRepository,
  readDelivery,
  settleDelivery,
  type Tx,
} from '@sconce/db';
import { type ImageRegistry, type SecretSealer, SourceUnavailable } from '@sconce/ports';
import type { Deps } from '../deps.ts';
import { findReusableBuilds, noReusableBuilds, type ReusableBuilds } from './find-reusable-builds.ts';
import { type PushPlan, planPush } from './plan-push.ts';
import type { SourceHosts } from './source-hosts.ts';
import { type WrittenPlan, writePushPlan } from './write-push-plan.ts';

type ProcessDeps = Deps & {
  readonly sources: SourceHosts;
  readonly images: ImageRegistry;
  readonly variableSealer: SecretSealer;
};

/**
 * Decides what a delivery means and writes all of it in one transaction; safe to run any number of times, also at once: one run's
 * transaction wins, the others leave no trace. A build whose image stands already ends in it, with its releases; the answer is the builds
 * that it queued. Throws `SourceUnavailable` and database errors, for another try.
 */
export async function processDelivery(
  deps: ProcessDeps,
  deliveryId: string,
  signal: AbortSignal,
): Promise<readonly BuildId[]> {
  const delivery = await readDelivery(deps.db.tx, deliveryId);
  if (delivery === null || delivery.phase === 'processed') return [];
  const content = parseDelivery(delivery.host, delivery.event, delivery.body);
  if (content.kind !== 'push') {
    await settleOther(deps, delivery, content);
    return [];
  }
  const { push } = content;
  const repositories = await findPushedRepositories(deps.db.tx, push.host, push.hostId);
  if (repositories.length === 0) {
    await settleUnknown(deps, delivery, push);
    return [];
  }
  const plans = await Promise.all(repositories.map((repository) => planFor(deps, repository, push, signal)));
  const written = await writePlans(deps, delivery, push, plans, signal);
  const builds = written.flatMap((plan) => plan.builds);
  deps.log.info(
    {
      delivery: delivery.id,
      ref: push.ref.full,
      commit: push.after,
      builds,
      reused: written.flatMap((plan) => plan.reused),
      reasons: written.map(({ reason }) => reason),
    },
    'delivery processed',
  );
  return builds;
}

async function planFor(
  deps: ProcessDeps,
  repository: PushedRepository,
  push: PushEvent,
  signal: AbortSignal,
): Promise<PushPlan> {
  const { after } = push;
  const why = decideRef(push);
  if (why !== null || after === null) {
    return {
      repository,
      kind: 'ignored',
      why: why ?? { reason: 'ref_deleted', message: 'The ref was deleted.' },
      isHead: true,
    };
  }
  return planPush(deps, repository, { ...push, after }, signal);
}

async function writePlans(
  deps: ProcessDeps,
  delivery: DeliveryRow,
  push: PushEvent,
  plans: readonly PushPlan[],
  signal: AbortSignal,
): Promise<WrittenPlan[]> {
  const write = (reusable: ReusableBuilds) =>
    deps.db.transaction((tx) => writeAll(tx, deps, delivery, push, plans, reusable));
  const reusable = await findReusableBuilds(deps, plans, signal);
  try {
    return await write(reusable);
  } catch (error) {
    if (reusable.isEmpty) throw error;
    // A release that cannot be made must not hold up the push: its build is queued, and says what is wrong where people look.
    deps.log.warn({ err: error, delivery: delivery.id }, 'a delivery was not written in one go; its builds are queued');
    return write(noReusableBuilds);
  }
}

/** Empty when another run settled the delivery first. */
async function writeAll(
  tx: Tx,
  deps: ProcessDeps,
  delivery: DeliveryRow,
  push: PushEvent,
  plans: readonly PushPlan[],
  reusable: ReusableBuilds,
): Promise<WrittenPlan[]> {
  // A second run waits here, and then finds nothing to do.
  if (!(await lockReceivedDelivery(tx, delivery.id))) return [];
  const written: WrittenPlan[] = [];
  const pushed = { id: delivery.id, position: delivery.position, push };
  for (const plan of plans) written.push(await writePushPlan(tx, deps, pushed, plan, reusable));
  await settleDelivery(tx, delivery.id, {
    ...whatItWas(push),
    ...summarise(written),
    repositoryId: plans[0]?.repository.id ?? null,
  });
  return written;
}

/** A delivery for several projects counts as built when one of them builds; each project's own events say what became of it there. */
function summarise(written: readonly WrittenPlan[]): Pick<DeliveryOutcome, 'outcome' | 'reason' | 'message'> {
  const telling =
    written.find(({ outcome }) => outcome === 'built') ??
    written.find(({ outcome }) => outcome === 'failed') ??
    written[0];
  return { outcome: telling?.outcome ?? 'ignored', reason: telling?.reason ?? null, message: telling?.message ?? null };
}

function whatItWas(push: PushEvent): Pick<DeliveryOutcome, 'ref' | 'commit' | 'actor'> {
  return { ref: push.ref.full, commit: push.after, actor: push.actor };
}

const nothing = { repositoryId: null, ref: null, commit: null, actor: null };

async function settleOther(
  deps: Deps,
  delivery: DeliveryRow,
  content: Exclude<DeliveryContent, { kind: 'push' }>,
): Promise<void> {
  const why = explainOther(content);
  await settleAlone(deps, delivery, { ...nothing, ...why });
}

function explainOther(
  content: Exclude<DeliveryContent, { kind: 'push' }>,
): Pick<DeliveryOutcome, 'outcome' | 'reason' | 'message'> {
  switch (content.kind) {
    case 'ping':
      return { outcome: 'ignored', reason: 'ping', message: 'The host says hello; the webhook works.' };
    case 'unknown_event':
      return { outcome: 'ignored', reason: 'unknown_event', message: `Nothing is built by "${content.event}" events.` };
    case 'malformed':
      return { outcome: 'failed', reason: 'malformed_payload', message: content.message };
  }
}

async function settleUnknown(deps: Deps, delivery: DeliveryRow, push: PushEvent): Promise<void> {
  const message = `No project knows the ${push.host} repository ${push.hostId}; add it to one and push again.`;
  await settleAlone(deps, delivery, {
    ...nothing,
    ...whatItWas(push),
    outcome: 'ignored',
    reason: 'unknown_repository',
    message,
  });
}

async function settleAlone(deps: Deps, delivery: DeliveryRow, outcome: DeliveryOutcome): Promise<void> {
  await deps.db.transaction(async (tx) => {
    if (!(await settleDelivery(tx, delivery.id, outcome))) return;
    const { reason, message, ref, commit } = outcome;
    const data = { reason, message, ref, commit };
    await appendEvent(tx, {
      type: 'delivery.ignored',
      projectId: null,
      subjectId: delivery.id,
      data,
      actor: outcome.actor,
    });
  });
  deps.log.info({ delivery: delivery.id, reason: outcome.reason }, 'delivery processed');
}

/** The end of a delivery that failed on every attempt: it gets a reason of its own instead of being tried for ever. */
export async function abandonDelivery(deps: Deps, deliveryId: string, error: unknown): Promise<void> {
  const delivery = await readDelivery(deps.db.tx, deliveryId);
  if (delivery === null || delivery.phase === 'processed') return;
  const content = parseDelivery(delivery.host, delivery.event, delivery.body);
  const push = content.kind === 'push' ? content.push : null;
  const [repository] = push ? await findPushedRepositories(deps.db.tx, push.host, push.hostId) : [];
  const away = error instanceof SourceUnavailable;
  const outcome: DeliveryOutcome = {
    ...(push ? whatItWas(push) : nothing),
    outcome: 'failed',
    reason: away ? 'fetch_failed' : 'internal_error',
    message: away
      ? 'The git host did not answer for hours. Push again, or start a build by hand.'
      : 'Sconce failed on this delivery again and again. Push again, or start a build by hand; the log of the worker says why.',
    repositoryId: repository?.id ?? null,
  };
  await deps.db.transaction(async (tx) => {
    if (!(await settleDelivery(tx, delivery.id, outcome))) return;
    const { reason, message, ref, commit } = outcome;
    const about = { projectId: repository?.projectId ?? null, subjectId: delivery.id };
    await appendEvent(tx, {
      type: 'delivery.failed',
      ...about,
      data: { reason, message, ref, commit },
      actor: outcome.actor,
    });
  });
  deps.log.error({ err: error, delivery: deliveryId }, 'a delivery was given up');
}
