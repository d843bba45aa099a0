import { scopeAt, visibleProjects } from '@sconce/core';
import { findEnvironment, findProject, listProjects } from '@sconce/db';
import type { Caller } from '@sconce/engine';
import type { Call } from '../endpoint/call.ts';

/** Who the caller is, and the scope it has in each project that it can see (the first 200). */
export async function toMe(deps: Call['deps'], caller: Caller) {
  const { tx } = deps.db;
  const { rights } = caller;
  const projects = await listProjects(
    tx,
    { ids: visibleProjects(rights) },
    { limit: 200, after: null, order: 'oldest' },
  );
  const project = rights.projectId ? await findProject(tx, rights.projectId) : null;
  const environment = rights.environmentId ? await findEnvironment(tx, rights.environmentId) : null;
  return {
    token: {
      id: caller.tokenId,
      kind: caller.kind,
      name: caller.tokenName,
      scopes: rights.scopes,
      project,
      environment,
      expiresAt: caller.expiresAt,
    },
    user: caller.user && { ...caller.user, createdAt: new Date(caller.user.createdAt) },
    projects: projects.flatMap(({ id, slug }) => {
      const scope = scopeAt(rights, { projectId: id, environmentId: rights.environmentId });
      return scope === null ? [] : [{ id, slug, role: rights.person?.roles[id] ?? null, scope }];
    }),
  };
}
