import { compareBuilds } from '@sconce/core';
import { type BuildPartsRow, readBuildParts, readPartsBefore } from '@sconce/db';
import type { Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';

/** Where the time and the bytes of a build went, held against the build before it. Throws `Rejection` not_found. */
export async function analyseBuild(deps: Pick<Deps, 'db'>, build: string) {
  const { tx } = deps.db;
  const [parts, before] = await Promise.all([readBuildParts(tx, build), readPartsBefore(tx, build)]);
  if (!parts) throw new Rejection('not_found', 'There is no such build');
  return {
    build,
    ...compareBuilds(parts, before),
    sizeBytes: parts.sizeBytes,
    against: before && toAgainst(before),
  };
}

function toAgainst({ id, commit, commitMessage, commitAuthor, ref, endedAt, sizeBytes, buildMs }: BuildPartsRow) {
  const named = { sha: commit, message: commitMessage, author: commitAuthor, ref };
  return { build: id, commit: named, endedAt, sizeBytes, buildMs };
}
