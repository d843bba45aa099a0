import { findDeployableImage, type ImageWish } from '@sconce/db';
import type { ImageRegistry, SecretSealer } from '@sconce/ports';
import { startBuild } from '../builds/start-build.ts';
import type { SourceHosts } from '../deliveries/source-hosts.ts';
import type { Actor, Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';
import { deployService } from '../releases/deploy-service.ts';

export interface DeployFrom {
  readonly serviceId: string;
  /** Null: the current image, with the settings, variables and secrets as they are now. */
  readonly wish: ImageWish | null;
  readonly actor: Actor;
}

/** What a deploy began: a release with its rollout, or first a build. */
export type BegunDeployment = { readonly releaseId: string; readonly rolloutId: string } | { readonly buildId: string };

/** Deploys an image that was built for this service; a commit without one is built first. Throws `Rejection`. */
export async function deployFrom(
  deps: Deps & {
    readonly imageRegistry: ImageRegistry;
    readonly variableSealer: SecretSealer;
    readonly sources: SourceHosts;
  },
  input: DeployFrom,
  signal: AbortSignal,
): Promise<BegunDeployment> {
  const { serviceId, wish, actor } = input;
  if (wish === null) return toBegun(await deployService(deps, { serviceId, cause: 'manual', actor }));
  const image = await findDeployableImage(deps.db.tx, serviceId, wish);
  if (image) {
    const { imageDigest, ...source } = image;
    return toBegun(await deployService(deps, { serviceId, imageDigest, source, cause: 'manual', actor }));
  }
  if ('commit' in wish) {
    const started = await startBuild(deps, { service: serviceId, commit: wish.commit, actor }, signal);
    return { buildId: started.build };
  }
  const path = 'build' in wish ? 'build' : 'image';
  const message = `This service has no such ${path}, or its image is not kept any more`;
  throw new Rejection('invalid', message, {
    errors: [{ path, code: 'not_found', message }],
    hint: 'Name a commit instead: it is built again where that is needed.',
  });
}

function toBegun(made: { readonly release: { readonly id: string }; readonly rolloutId: string }): BegunDeployment {
  return { releaseId: made.release.id, rolloutId: made.rolloutId };
}
