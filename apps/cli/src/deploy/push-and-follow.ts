import type { Build, Deployment, Rollout } from '@sconce/contract';
import type { Connected } from '../connection/connect.ts';
import type { Context } from '../context.ts';
import { CliFailure } from '../exit-code.ts';
import type { DeployTarget } from './deploy-target.ts';
import { type Following, followBuild, followDelivery, followRollout } from './follow-work.ts';
import { type Push, pushHead, type WorkingCopy } from './git.ts';

export interface Landed {
  readonly service: { readonly id: string; readonly path: string };
  readonly release: { readonly id: string; readonly number: number; readonly name: string };
  readonly rollout: Rollout;
  readonly build: Build | null;
}

/** Pushes and follows what comes of it, until every service it is for is live. Null when the remote had the commit already. */
export async function pushAndFollow(
  context: Context,
  following: Following,
  copy: WorkingCopy,
  push: Push,
  project: string,
  repository: string,
): Promise<Landed[] | null> {
  const { client, signal } = following;
  const before = await client.listDeliveries({
    params: { project },
    query: { repository, commit: copy.commit, limit: 20 },
    signal,
  });
  const pushed = await pushHead(context, copy, push, (line) => {
    // The server's own words come as "remote: ..."; the rest is git's counting.
    if (line.startsWith('remote:')) following.onNote(line);
  });
  if (!pushed) return null;
  following.stages.enter('build', 'queued');
  following.onChange();
  const delivery = await followDelivery(
    following,
    project,
    repository,
    copy.commit,
    new Set(before.data.map(({ id }) => id)),
  );
  const landed: Landed[] = [];
  for (const { id } of delivery.builds) landed.push(...(await landBuild(following, id)));
  if (landed.length === 0) throw new CliFailure('The push was taken, but it is for no service', { code: 'no_service' });
  return landed;
}

/** Deploys a commit that is there already: from its image where that still stands, else by building it. */
export async function deployAgain(
  following: Following,
  connected: Connected,
  target: DeployTarget,
  commit: string,
): Promise<Landed[]> {
  const { signal } = following;
  const landed: Landed[] = [];
  for (const slug of target.services) {
    const service = `${target.project}/${target.environment}/${slug}`;
    const deployment = await connected.client.createRelease({ params: { service }, body: { commit }, signal });
    following.stages.enter('build', deployment.release ? 'image reused' : 'queued');
    landed.push(...(await landDeployment(following, service, deployment)));
  }
  return landed;
}

export async function landDeployment(following: Following, path: string, deployment: Deployment): Promise<Landed[]> {
  const { build, release } = deployment;
  if (release) {
    const rollout = await followRollout(following, release.service.id, release);
    return [{ service: release.service, release, rollout, build }];
  }
  if (build) return landBuild(following, build.id);
  throw new CliFailure(`${path}: neither a release nor a build was made`, { code: 'unexpected' });
}

/** Follows a build, and every release that comes of it, until they are live. */
export async function landBuild(following: Following, id: string): Promise<Landed[]> {
  const build = await followBuild(following, id);
  const landed: Landed[] = [];
  for (const target of build.targets) {
    if (!target.release)
      throw new CliFailure(`${target.service.path}: ${target.message ?? 'no release was made'}`, {
        code: target.reason ?? 'no_release',
        hint: hints[target.reason ?? ''] ?? null,
      });
    const rollout = await followRollout(following, target.service.id, target.release);
    landed.push({ service: target.service, release: target.release, rollout, build });
  }
  return landed;
}

const hints: Readonly<Record<string, string>> = {
  auto_deploy_pinned: 'The service is pinned. Let pushes deploy again: sconce unpin',
  port_unknown: 'Say on which port it listens: EXPOSE in the Dockerfile, or `port` in sconce.yaml.',
};
