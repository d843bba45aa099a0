import type { Service } from '@sconce/contract';
import { commitTitle, shortSha } from './plain-text.ts';

/** What is under way for a service, in words, and since when. */
export interface MovingPhase {
  readonly words: string;
  readonly since: string;
  readonly of: { readonly kind: 'build' | 'rollout'; readonly id: string };
}

const rolloutWords: Readonly<Record<string, string>> = {
  pending: 'about to start',
  preparing: 'starting',
  shifting: 'taking over the requests',
  draining: 'live, the one before finishes its requests',
  paused: 'paused',
  aborting: 'being taken back',
};

/** `r13 is starting`, `a build of 9be1c2d runs`; null when nothing moves. */
export function movingPhase(service: Pick<Service, 'rollout' | 'build'>): MovingPhase | null {
  const { rollout, build } = service;
  if (rollout) {
    const words = rolloutWords[rollout.phase] ?? rollout.phase;
    return {
      words: `${rollout.release.name} is ${words}`,
      since: rollout.since,
      of: { kind: 'rollout', id: rollout.id },
    };
  }
  if (build && (build.phase === 'queued' || build.phase === 'running')) {
    const sha = shortSha(build.commit.sha);
    const words = build.phase === 'queued' ? `${sha} waits to be built` : `${sha} is being built`;
    return { words, since: build.since, of: { kind: 'build', id: build.id } };
  }
  return null;
}

/** What a release was made for. */
const causes: Readonly<Record<string, string>> = {
  push: 'push',
  manual: 'deployed by hand',
  build: 'build',
  rollback: 'rollback',
  restore: 'taken back to',
  variables: 'variables changed',
  settings: 'settings changed',
};
export const causeWords = (cause: string): string => causes[cause] ?? cause.replaceAll('_', ' ');

/** `3fa9c1d Resize before crop`, as one line of text. */
export function commitLine(commit: { readonly sha: string; readonly message: string } | null): string {
  return commit ? `${shortSha(commit.sha)} ${commitTitle(commit.message)}`.trim() : 'no commit';
}
