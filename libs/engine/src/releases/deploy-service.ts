import { readRelease, type Tx } from '@sconce/db';
import type { ImageRegistry, SecretSealer } from '@sconce/ports';
import type { Actor, Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';
import { type CreatedRelease, createReleaseIn, type ReleaseCause, type ReleaseRefused } from './create-release.ts';
import { transactionOrDryRun } from './dry-run.ts';

export interface DeployService {
  readonly serviceId: string;
  /** An image built for this service before; absent: the one it runs, or is about to. */
  readonly imageDigest?: string;
  /** What the image was made from, when it is not the current one. */
  readonly source?: Pick<ImageSource, 'buildId' | 'commit' | 'commitMessage' | 'commitAuthor' | 'ref' | 'fileSettings'>;
  readonly cause: Extract<ReleaseCause, 'manual' | 'variables' | 'settings' | 'retry'>;
  readonly actor: Actor;
  readonly dryRun?: boolean;
}

export interface ImageSource {
  readonly imageDigest: string;
  readonly buildId: string | null;
  readonly commit: string | null;
  readonly commitMessage: string;
  readonly commitAuthor: string;
  readonly ref: string | null;
  readonly fileSettings: object | null;
}

/**
 * A new release from an image that is there, with the settings, variables and secrets as they are now. A pin does not hold it: it is asked
 * for by hand. @throws Rejection
 */
export async function deployService(
  deps: Deps & { readonly imageRegistry: ImageRegistry; readonly variableSealer: SecretSealer },
  input: DeployService,
): Promise<CreatedRelease> {
  const source = await findSource(deps, input);
  const image = await deps.imageRegistry.inspect(source.imageDigest);
  if (image === null) throw imageCollected(source.imageDigest);
  const created = await transactionOrDryRun(deps.db, input.dryRun === true, (tx) =>
    createReleaseIn(tx, deps, {
      ...source,
      serviceId: input.serviceId,
      exposedPorts: image.exposedPorts,
      position: null,
      cause: input.cause,
      actor: input.actor,
    }),
  );
  if ('reason' in created) throw toRejection(created);
  return created;
}

async function findSource(deps: Deps, input: DeployService): Promise<ImageSource> {
  if (input.imageDigest !== undefined) return { ...(input.source ?? unknownSource), imageDigest: input.imageDigest };
  const current = await readCurrentRelease(deps.db.tx, input.serviceId);
  if (current === null) {
    const hint = 'Push a commit first, or name a build or an image.';
    throw new Rejection('conflict', 'Nothing has been deployed here yet, so there is no image to deploy again.', {
      hint,
    });
  }
  return { ...current, fileSettings: null };
}

const unknownSource = {
  buildId: null,
  commit: null,
  commitMessage: '',
  commitAuthor: '',
  ref: null,
  fileSettings: null,
};

/** The release the service should run. Null when it has none. */
async function readCurrentRelease(tx: Tx, serviceId: string) {
  const service = await tx.service.findFirst({
    where: { id: serviceId, deletedAt: null },
    select: { desiredReleaseId: true, liveReleaseId: true },
  });
  if (service === null) throw new Rejection('not_found', 'There is no such service.');
  const id = service.desiredReleaseId ?? service.liveReleaseId;
  return id === null ? null : readRelease(tx, id);
}

export function imageCollected(digest: string): Rejection {
  const hint = 'Build its commit again: push it, or start a build of it.';
  return new Rejection('image_collected', `The image ${digest.slice(0, 19)} is not kept any more.`, { hint });
}

/** What stopped a release asked for by a person. */
export function toRejection(refused: ReleaseRefused): Rejection {
  const { reason, message, hint } = refused;
  if (reason === 'no_service') return new Rejection('not_found', 'There is no such service.');
  const path = reason === 'port_unknown' ? 'settings.port' : reason === 'secret_missing' ? 'secretGroups' : null;
  const errors = path === null ? [] : [{ path, code: reason, message }];
  return new Rejection('conflict', message, { hint, errors });
}
