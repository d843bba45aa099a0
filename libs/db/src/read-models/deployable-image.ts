import type { Tx } from '../database.ts';

/** An image that was built for a service, and what it was made from. */
export interface DeployableImage {
  readonly imageDigest: string;
  readonly buildId: string;
  readonly commit: string;
  readonly commitMessage: string;
  readonly commitAuthor: string;
  readonly ref: string | null;
  readonly fileSettings: object | null;
}

export type ImageWish = { readonly build: string } | { readonly image: string } | { readonly commit: string };

/**
 * The newest one that meets the wish, built for this very service, and not collected. An image of another service, or of another tenant,
 * is none. Null when there is none.
 */
export async function findDeployableImage(tx: Tx, serviceId: string, wish: ImageWish): Promise<DeployableImage | null> {
  const named =
    'build' in wish ? { id: wish.build } : 'image' in wish ? { imageDigest: wish.image } : { commit: wish.commit };
  const builds = await tx.build.findMany({
    where: { ...named, phase: 'succeeded', targets: { some: { serviceId } } },
    orderBy: { id: 'desc' },
    take: 20,
    select: {
      id: true,
      imageDigest: true,
      commit: true,
      commitMessage: true,
      commitAuthor: true,
      ref: true,
      targets: { where: { serviceId }, select: { fileSettings: true } },
    },
  });
  const digests = builds.flatMap((build) => build.imageDigest ?? []);
  const standing = await tx.image.findMany({
    where: { digest: { in: digests }, removedAt: null },
    select: { digest: true },
  });
  const found = builds.find((build) => standing.some((image) => image.digest === build.imageDigest));
  if (!found?.imageDigest) return null;
  const { id, imageDigest, targets, ...source } = found;
  return { ...source, buildId: id, imageDigest, fileSettings: (targets[0]?.fileSettings ?? null) as object | null };
}

/** What is known of an image that is kept: facts of its build, without asking where it is. */
export async function findKeptImage(tx: Tx, digest: string) {
  return tx.image.findFirst({ where: { digest, removedAt: null } });
}
