import {
  type BuildId,
  defaultBuildSettings,
  emptyFileSettings,
  type Ignored,
  overtaken,
  type PushEvent,
  planSupersede,
  type Reason,
  type ServiceCandidate,
  shortSha,
} from '@sconce/core';
import {
  advanceRefHead,
  appendEvent,
  appendLogChunk,
  claimBuild,
  endBuild,
  insertBuild,
  insertPushedService,
  lockOlderQueuedBuilds,
  type NewBuild,
  type NewBuildTarget,
  readPushServices,
  type Tx,
} from '@sconce/db';
import { newId } from '@sconce/foundation';
import type { SecretSealer } from '@sconce/ports';
import { type BuildFailure, groupBuilds } from '../builds/group-builds.ts';
import { type ReusedBuild, writeReusedBuilds } from '../builds/write-reused-builds.ts';
import type { Deps } from '../deps.ts';
import type { ReusableBuilds } from './find-reusable-builds.ts';
import type { CommitFacts, PushPlan } from './plan-push.ts';

export interface PushedDelivery {
  readonly id: string;
  readonly position: bigint;
  readonly push: PushEvent;
}

/** What was made of a plan: ids of builds that are to run, or why there is none. */
export interface WrittenPlan {
  readonly outcome: 'built' | 'ignored' | 'failed';
  readonly reason: Reason | null;
  readonly message: string | null;
  readonly builds: readonly BuildId[];
  /** Those that took an earlier image over, and have ended. */
  readonly reused: readonly BuildId[];
}

type WriteDeps = Deps & { readonly variableSealer: SecretSealer };

/** Carries a plan out, in the caller's transaction. A push that was overtaken since it was planned is ignored with that reason. */
export async function writePushPlan(
  tx: Tx,
  deps: WriteDeps,
  delivery: PushedDelivery,
  plan: PushPlan,
  reusable: ReusableBuilds,
): Promise<WrittenPlan> {
  const { repository } = plan;
  const ref = delivery.push.ref.full;
  if (plan.kind !== 'ignored' || plan.isHead) {
    const head = {
      repositoryId: repository.id,
      ref,
      commit: delivery.push.after,
      deliveryId: delivery.id,
      position: delivery.position,
    };
    if (!(await advanceRefHead(tx, head))) return ignore(tx, delivery, plan, overtaken(delivery.push));
  }
  if (plan.kind === 'ignored') {
    if (plan.why.reason === 'ref_deleted') await supersede(tx, delivery, plan, null, plan.why);
    return ignore(tx, delivery, plan, plan.why);
  }
  if (plan.kind === 'failed') {
    await writeFailedBuild(
      tx,
      deps,
      newBuildOf(delivery, plan, plan.commit),
      plan.serviceIds.map(toBareTarget),
      plan.failure,
    );
    return { outcome: 'failed', reason: plan.failure.reason, message: plan.failure.message, ...noBuilds };
  }
  for (const service of plan.skipped) {
    const place = { environmentId: service.environmentId, serviceId: service.serviceId };
    await appendIgnored(tx, delivery, plan, place, service);
  }
  const first = plan.skipped[0];
  if (plan.candidates.length === 0) {
    return {
      outcome: 'ignored',
      reason: first?.reason ?? null,
      message: plan.skipped.map(({ message }) => message).join(' '),
      ...noBuilds,
    };
  }
  return writeBuilds(tx, deps, delivery, plan, reusable);
}

const noBuilds = { builds: [], reused: [] };

function toBareTarget(place: { readonly serviceId: string; readonly environmentId: string }): NewBuildTarget {
  return { ...place, fileSettings: {} };
}

async function writeBuilds(
  tx: Tx,
  deps: WriteDeps,
  delivery: PushedDelivery,
  plan: PushPlan & { readonly kind: 'build' },
  reusable: ReusableBuilds,
): Promise<WrittenPlan> {
  const builds: BuildId[] = [];
  const reused: ReusedBuild[] = [];
  const builtNow = new Set<string>();
  let failure: BuildFailure | null = null;
  for (const group of await groupBuilds(tx, plan.candidates)) {
    const targets: NewBuildTarget[] = [];
    for (const candidate of group.services) targets.push(await toTarget(tx, delivery, plan, candidate));
    const { settings, settingsHash, buildSecrets } = group;
    const build = { ...newBuildOf(delivery, plan, plan.commit), settings, settingsHash, buildSecrets };
    for (const { serviceId } of targets) builtNow.add(serviceId);
    const found = reusable.of(plan.repository.id, settingsHash);
    if (group.failure === null && found !== null) {
      reused.push({ build, targets, ...found });
    } else if (group.failure !== null) {
      await writeFailedBuild(tx, deps, build, targets, group.failure);
      failure ??= group.failure;
    } else {
      await insertBuild(tx, build, targets);
      builds.push(build.id as BuildId);
    }
  }
  const message = `Overtaken by ${shortSha(plan.commit.sha)} before it was started.`;
  await supersede(tx, delivery, plan, builtNow, { reason: 'overtaken', message });
  await writeReusedBuilds(tx, deps, reused);
  const ids = { builds, reused: reused.map(({ build }) => build.id as BuildId) };
  if (builds.length + reused.length > 0) return { outcome: 'built', reason: null, message: null, ...ids };
  return { outcome: 'failed', reason: failure?.reason ?? null, message: failure?.message ?? null, ...ids };
}

/** Older queued builds of the ref that nobody needs any more; all of them when `builtNow` is null. */
async function supersede(
  tx: Tx,
  delivery: PushedDelivery,
  plan: PushPlan,
  builtNow: ReadonlySet<string> | null,
  why: Ignored,
): Promise<void> {
  const older = await lockOlderQueuedBuilds(tx, plan.repository.id, delivery.push.ref.full, delivery.position);
  for (const build of builtNow === null ? older : planSupersede(older, builtNow)) {
    await endBuild(
      tx,
      build,
      { from: 'queued', to: 'superseded', epoch: null },
      { reason: why.reason, message: why.message },
    );
  }
}

/** The service itself is made here when only the file knew it. */
async function toTarget(
  tx: Tx,
  delivery: PushedDelivery,
  plan: PushPlan,
  candidate: ServiceCandidate,
): Promise<NewBuildTarget> {
  const { environmentId, slug } = candidate;
  const fileSettings = candidate.file === emptyFileSettings ? {} : candidate.file;
  if (candidate.serviceId !== null) return { serviceId: candidate.serviceId, environmentId, fileSettings };
  const { id: repositoryId, projectId } = plan.repository;
  const made = await insertPushedService(tx, { id: newId('svc'), environmentId, slug, repositoryId, fileSettings });
  if (made === null) {
    // A push of the same commit to another branch, or a person, made it since it was planned.
    const services = await readPushServices(tx, [projectId], [repositoryId], delivery.push.ref.full);
    const standing = services.find((service) => service.environmentId === environmentId && service.slug === slug);
    if (standing?.repositoryId !== repositoryId)
      throw new Error(`The name ${slug} was taken while delivery ${delivery.id} was written`);
    return { serviceId: standing.id, environmentId, fileSettings };
  }
  const about = { projectId, environmentId, serviceId: made, subjectId: made };
  await appendEvent(tx, { type: 'service.created', ...about, data: { slug, by: 'push' }, actor: delivery.push.actor });
  return { serviceId: made, environmentId, fileSettings };
}

function newBuildOf(delivery: PushedDelivery, plan: PushPlan, commit: CommitFacts): NewBuild {
  return {
    id: newId('bld'),
    projectId: plan.repository.projectId,
    repositoryId: plan.repository.id,
    deliveryId: delivery.id,
    position: delivery.position,
    ref: delivery.push.ref.full,
    commit: commit.sha,
    commitMessage: commit.message,
    commitAuthor: commit.author,
    tree: commit.tree,
    settings: defaultBuildSettings,
    settingsHash: '',
    buildSecrets: [],
    noCache: false,
    createdBy: delivery.push.actor,
  };
}

/** A build that cannot be run stands as a failed one, with its log, where people look for builds. */
export async function writeFailedBuild(
  tx: Tx,
  deps: Pick<Deps, 'clock'>,
  build: NewBuild,
  targets: readonly NewBuildTarget[],
  failure: BuildFailure,
): Promise<void> {
  await insertBuild(tx, build, targets, { run: false });
  const claimed = await claimBuild(tx, build.id, 'intake', 60_000);
  if (claimed === null) throw new Error(`Build ${build.id} was taken before it was written`);
  const at = new Date(deps.clock.now()).toISOString();
  const lines = failure.message
    .split('\n')
    .map((text) => ({ at, stream: 'system' as const, level: 'error' as const, text }));
  await appendLogChunk(tx, build.id, 0, lines);
  await endBuild(tx, build, { from: 'running', to: 'failed', epoch: claimed.claimEpoch }, failure);
}

async function ignore(tx: Tx, delivery: PushedDelivery, plan: PushPlan, why: Ignored): Promise<WrittenPlan> {
  await appendIgnored(tx, delivery, plan, { environmentId: null, serviceId: null }, why);
  return { outcome: 'ignored', reason: why.reason, message: why.message, ...noBuilds };
}

async function appendIgnored(
  tx: Tx,
  delivery: PushedDelivery,
  plan: PushPlan,
  place: { readonly environmentId: string | null; readonly serviceId: string | null },
  why: Ignored & { readonly slug?: string },
): Promise<void> {
  const { push } = delivery;
  const data = {
    reason: why.reason,
    message: why.message,
    repositoryId: plan.repository.id,
    ref: push.ref.full,
    commit: push.after,
    ...(why.slug === undefined ? {} : { service: why.slug }),
  };
  const about = { projectId: plan.repository.projectId, ...place, subjectId: delivery.id };
  await appendEvent(tx, { type: 'delivery.ignored', ...about, data, actor: push.actor });
}
