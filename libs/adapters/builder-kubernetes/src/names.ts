import { createHash, randomBytes } from 'node:crypto';

/** Every label and name that builds leave on a cluster, beside the installation's own label. */
export const label = {
  /** `bld_01h...` */
  build: 'sconce.dev/build',
  /** Written by the Job controller on its pods (Kubernetes 1.27 and later). */
  job: 'batch.kubernetes.io/job-name',
} as const;

export const buildContainer = 'build';

/** A build whose worker was lost is begun anew by another: each attempt has a Job of its own. */
export function jobName(build: string): string {
  return `${plain(build).slice(0, 40)}-${randomBytes(4).toString('hex')}`;
}

/** A tag takes other characters than a name of Kubernetes, and 128 of them. */
export function imageTag(build: string): string {
  return build.replaceAll(/[^A-Za-z0-9_.-]/g, '-').slice(0, 128);
}

/** One for each scope, whatever is in its name. */
export function cacheTag(cacheScope: string): string {
  return createHash('sha256').update(cacheScope).digest('hex').slice(0, 32);
}

/** As labels take it. */
export function labelValue(text: string): string {
  return plain(text).slice(0, 63);
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
}
