import { effectiveBuildSettings, effectiveSettings, makeHost, toFileSettings } from '@sconce/core';
import type { ServiceView } from '@sconce/db';
import type { ApiContext } from '../context.ts';
import { hintFor } from './hints.ts';

type State = 'empty' | 'building' | 'deploying' | 'live' | 'degraded' | 'down';

/** What is live and since when, what should be, and why anything waits, in the contract's words. */
export function toService(context: Pick<ApiContext, 'gatewayUrl'>, view: ServiceView) {
  const file = toFileSettings(view.fileSettings);
  const settings = effectiveSettings(file, view.settings as Parameters<typeof effectiveSettings>[1]);
  const replicas = countReplicas(view, settings.scaling.min);
  const { rollout, build } = view;
  const rolling = rollout && !rollout.ended ? rollout : null;
  return {
    id: view.id,
    slug: view.slug,
    name: view.name,
    path: view.path,
    project: view.project,
    environment: view.environment,
    repository: view.repository,
    state: stateOf(view, replicas),
    live: view.live && toShown(view.live),
    desired: view.desired && toShown(view.desired),
    waiting: waitingOf(view),
    rollout: rolling && {
      id: rolling.id,
      phase: rolling.phase,
      cause: rolling.cause,
      release: rolling.release,
      since: rolling.since,
    },
    build: build && {
      id: build.id,
      phase: build.phase,
      commit: build.commit,
      reason: build.reason,
      message: build.message,
      since: build.since,
    },
    replicas,
    autoDeploy: view.pinned === null,
    pinned: view.pinned,
    urls: urlsOf(context.gatewayUrl, view),
    settings: view.settings as Record<string, unknown>,
    fileSettings: file.settings as Record<string, unknown>,
    effectiveSettings: settings,
    buildSettings: view.buildSettings as Record<string, unknown>,
    fileBuildSettings: file.build as Record<string, unknown>,
    effectiveBuildSettings: effectiveBuildSettings(
      file,
      view.buildSettings as Parameters<typeof effectiveBuildSettings>[1],
    ),
    secretGroups: view.secretGroups,
    version: view.version,
    createdAt: view.createdAt,
  };
}

function toShown({ release, commit, since }: NonNullable<ServiceView['live']>) {
  return { release, commit, since };
}

/** Those of the live release, or, before there is one, of all. */
function countReplicas(view: ServiceView, fallbackWanted: number) {
  const { live } = view;
  const counted = live ? view.replicas.filter((count) => count.releaseId === live.replicaSetId) : view.replicas;
  const times = counted.map((count) => count.observedAt.getTime());
  const spec = live?.spec as { scaling?: { min?: number } } | undefined;
  return {
    ready: counted.reduce((sum, count) => sum + count.ready, 0),
    total: counted.reduce((sum, count) => sum + count.total, 0),
    wanted: live ? (spec?.scaling?.min ?? fallbackWanted) : 0,
    observedAt: times.length > 0 ? new Date(Math.max(...times)) : null,
  };
}

function stateOf(view: ServiceView, replicas: { readonly ready: number; readonly wanted: number }): State {
  const { live, rollout, build } = view;
  if (live && replicas.wanted > 0 && replicas.ready === 0) return 'down';
  if (rollout && !rollout.ended) return 'deploying';
  if (build && !build.ended) return 'building';
  if (live) return replicas.ready < replicas.wanted ? 'degraded' : 'live';
  return view.desired || rollout ? 'down' : 'empty';
}

export interface Waiting {
  readonly reason: string;
  readonly message: string;
  readonly hint: string | null;
  readonly since: Date;
}

/** The newest of what went wrong or is not yet so; null when all is as it should be. */
function waitingOf(view: ServiceView): Waiting | null {
  const { rollout, build, live } = view;
  const newerBuild = build && (!rollout || build.since > rollout.since) ? build : null;
  if (newerBuild?.reason && newerBuild.phase !== 'superseded')
    return toWaiting(newerBuild.reason, newerBuild.message, newerBuild.hint, newerBuild.since);
  if (rollout && !rollout.ended)
    return toWaiting(
      rollout.reason ?? 'waiting_for_replicas',
      rollout.message ?? `${rollout.release.name} is being rolled out`,
      null,
      rollout.since,
    );
  if (newerBuild && !newerBuild.ended) return null;
  // Taken back: what serves is the release before, and people want to know why.
  if (rollout?.phase === 'aborted' && rollout.reason && live?.release.id !== rollout.release.id)
    return toWaiting(rollout.reason, rollout.message, null, rollout.since);
  const unwell = live
    ? view.replicas.find((count) => count.releaseId === live.replicaSetId && count.reason !== null)
    : undefined;
  return unwell?.reason ? toWaiting(unwell.reason, unwell.message, null, unwell.observedAt) : null;
}

function toWaiting(reason: string, message: string | null, hint: string | null, since: Date): Waiting {
  return { reason, message: message ?? reason.replaceAll('_', ' '), hint: hint ?? hintFor(reason), since };
}

function urlsOf(gatewayUrl: string, view: ServiceView): { host: string; path: string } {
  const gateway = new URL(gatewayUrl);
  const path = `${gateway.origin}/${view.path}/`;
  const host = makeHost({
    projectSlug: view.project.slug,
    environmentSlug: view.environment.slug,
    serviceSlug: view.slug,
  });
  if (host === null) return { host: path, path };
  return { host: `${gateway.protocol}//${host}${gateway.port ? `:${gateway.port}` : ''}/`, path };
}
