import { Controller, Inject } from '@nestjs/common';
import { endpoints, type Role, roles } from '@sconce/contract';
import { highest, holds, holdsInstance, scopeAt, visibleProjects } from '@sconce/core';
import { findPlace, findProject, listProjects, type ProjectRow } from '@sconce/db';
import { type Caller, createProject, deleteProject, updateProject } from '@sconce/engine';
import { type ApiContext, CONTEXT } from '../context.ts';
import { ApiError } from '../endpoint/api-error.ts';
import type { Call } from '../endpoint/call.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { existing, given } from './existing.ts';

@Controller()
export class ProjectsController {
  readonly #context: ApiContext;

  constructor(@Inject(CONTEXT) context: ApiContext) {
    this.#context = context;
  }

  @Endpoint(endpoints.listProjects)
  async listProjects(call: Call<typeof endpoints.listProjects>) {
    const filter = { ids: visibleProjects(call.caller.rights), slug: call.query.slug ?? null };
    const rows = await listProjects(call.deps.db.tx, filter, call.page.listing);
    return call.page.of(
      rows,
      (row) => row.id,
      (row) => toProject(row, call.caller),
    );
  }

  @Endpoint(endpoints.createProject)
  async createProject(call: Call<typeof endpoints.createProject>) {
    refuseMaking(call.caller);
    const { slug, name = slug } = call.body;
    const project = await createProject(call.deps, {
      slug,
      name,
      userId: call.caller.user?.id ?? null,
      actor: call.caller.actor,
    });
    call.reply.header('location', `/v1/projects/${project.id}`);
    return { ...toProject(project, call.caller), role: 'admin' as const };
  }

  @Endpoint(endpoints.getProject)
  async getProject(call: Call<typeof endpoints.getProject>) {
    return toProject(await existing('project', findProject(call.deps.db.tx, call.place.id)), call.caller);
  }

  @Endpoint(endpoints.putProject)
  async putProject(call: Call<typeof endpoints.putProject>) {
    const slug = call.params.project;
    const place = await findPlace(call.deps.db.tx, 'project', slug);
    const { name = slug } = call.body;
    if (place) {
      if (!holds(scopeAt(call.caller.rights, place), 'admin'))
        throw new ApiError('not_found', 'There is no such project, or it is not yours to see');
      return toProject(
        await updateProject(call.deps, {
          id: place.id,
          changes: { name },
          expectedVersion: call.ifMatch.version,
          actor: call.caller.actor,
        }),
        call.caller,
      );
    }
    refuseMaking(call.caller);
    const body = endpoints.createProject.body.safeParse({ slug });
    if (!body.success)
      throw new ApiError('invalid', 'The path ends with a slug', {
        errors: [
          { path: 'project', code: 'invalid', message: 'Lower-case letters, digits and inner dashes, at most 40' },
        ],
      });
    const project = await createProject(call.deps, {
      slug,
      name,
      userId: call.caller.user?.id ?? null,
      actor: call.caller.actor,
    });
    call.reply.created();
    return { ...toProject(project, call.caller), role: 'admin' as const };
  }

  @Endpoint(endpoints.updateProject)
  async updateProject(call: Call<typeof endpoints.updateProject>) {
    const project = await updateProject(call.deps, {
      id: call.place.id,
      changes: given(call.body),
      expectedVersion: call.ifMatch.version,
      actor: call.caller.actor,
    });
    return toProject(project, call.caller);
  }

  @Endpoint(endpoints.deleteProject)
  async deleteProject(call: Call<typeof endpoints.deleteProject>) {
    const gone = await deleteProject(call.deps, {
      id: call.place.id,
      expectedVersion: call.ifMatch.version,
      actor: call.caller.actor,
      volumesToo: call.dryRun || call.query.volumes === 'delete',
    });
    call.afterCommit(() => this.#context.git.sweep());
    return { id: call.place.id, ...gone };
  }
}

/** People with a token that may write, not confined to a project, may make projects. */
function refuseMaking(caller: Caller): void {
  const free =
    caller.rights.projectId === null && caller.user !== null && holds(highest(caller.rights.scopes), 'write');
  if (!free)
    throw new ApiError(
      'forbidden',
      'Making a project needs a personal token with the scope `write` that is not confined to a project',
    );
}

export function toProject(row: ProjectRow, caller: Caller) {
  return { ...row, role: roleIn(row.id, caller) };
}

function roleIn(projectId: string, caller: Caller): Role | null {
  if (caller.rights.person === null) return null;
  const role = caller.rights.person.roles[projectId];
  if (role !== undefined && roles.includes(role)) return role;
  return holdsInstance(caller.rights) || caller.rights.person.isAdmin ? 'admin' : null;
}
