/** Short forms by which things name each other, and the Prisma selections they are made of. */

export interface CommitName {
  readonly sha: string;
  readonly message: string;
  readonly author: string;
  readonly ref: string | null;
}

export interface ReleaseName {
  readonly id: string;
  readonly number: number;
  /** `r12` */
  readonly name: string;
}

export const servicePath = {
  select: {
    id: true,
    slug: true,
    environment: { select: { id: true, slug: true, project: { select: { id: true, slug: true } } } },
  },
} as const;

interface NamedService {
  readonly id: string;
  readonly slug: string;
  readonly environment: { readonly slug: string; readonly project: { readonly slug: string } };
}

export function toServiceName(service: NamedService): { id: string; path: string } {
  const { environment } = service;
  return { id: service.id, path: `${environment.project.slug}/${environment.slug}/${service.slug}` };
}

export function toReleaseName(release: { readonly id: string; readonly number: number }): ReleaseName {
  return { id: release.id, number: release.number, name: `r${release.number}` };
}

export function toCommit(row: {
  readonly commit: string | null;
  readonly commitMessage: string;
  readonly commitAuthor: string;
  readonly ref: string | null;
}): CommitName | null {
  return row.commit === null
    ? null
    : { sha: row.commit, message: row.commitMessage, author: row.commitAuthor, ref: row.ref };
}
