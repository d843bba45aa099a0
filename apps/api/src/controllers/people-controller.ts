import { Controller, Inject } from '@nestjs/common';
import { endpoints } from '@sconce/contract';
import { scopeAt, visibleProjects } from '@sconce/core';
import {
  findEnvironment,
  findProject,
  findUser,
  listMembers,
  listProjects,
  listUsers,
  type MemberRow,
} from '@sconce/db';
import {
  type Caller,
  createSession,
  createUser,
  deleteMember,
  deleteUser,
  putMember,
  revokeToken,
} from '@sconce/engine';
import { type ApiContext, CONTEXT } from '../context.ts';
import { ApiError } from '../endpoint/api-error.ts';
import type { Call } from '../endpoint/call.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { clearSessionCookie, makeSessionCookie } from '../http/cookies.ts';
import { existing } from './existing.ts';

@Controller()
export class PeopleController {
  readonly #context: ApiContext;

  constructor(@Inject(CONTEXT) context: ApiContext) {
    this.#context = context;
  }

  @Endpoint(endpoints.getMe)
  async getMe(call: Call<typeof endpoints.getMe>) {
    return toMe(call.deps, call.caller);
  }

  @Endpoint(endpoints.createSession)
  async createSession(call: Call<typeof endpoints.createSession>) {
    const session = await createSession(call.deps, { token: call.body.token });
    call.reply.header('set-cookie', makeSessionCookie(session.text, session.expiresAt, this.#context.secureCookies));
    return toMe(call.deps, session.caller);
  }

  @Endpoint(endpoints.deleteSession)
  async deleteSession(call: Call<typeof endpoints.deleteSession>) {
    const { caller } = call;
    if (caller.kind !== 'session')
      throw new ApiError('conflict', 'This is a token, not a session', { hint: 'Revoke it under /v1/tokens.' });
    await revokeToken(call.deps, { caller, id: caller.tokenId });
    call.reply.header('set-cookie', clearSessionCookie(this.#context.secureCookies));
    return { id: caller.tokenId, also: {} };
  }

  @Endpoint(endpoints.listUsers)
  async listUsers(call: Call<typeof endpoints.listUsers>) {
    const rows = await listUsers(call.deps.db.tx, call.page.listing);
    return call.page.of(
      rows,
      (row) => row.id,
      (row) => row,
    );
  }

  @Endpoint(endpoints.createUser, { sealReply: true })
  async createUser(call: Call<typeof endpoints.createUser>) {
    const { email, name, isAdmin = false } = call.body;
    const { user, setupCode } = await createUser(call.deps, { email, name, isAdmin, actor: call.caller.actor });
    call.reply.header('location', `/v1/users/${user.id}`);
    return { ...user, setupUrl: `${this.#context.publicUrl}/setup/${setupCode}` };
  }

  @Endpoint(endpoints.getUser)
  async getUser(call: Call<typeof endpoints.getUser>) {
    return existing('person', findUser(call.deps.db.tx, call.params.user));
  }

  @Endpoint(endpoints.deleteUser)
  async deleteUser(call: Call<typeof endpoints.deleteUser>) {
    return {
      id: call.params.user,
      also: await deleteUser(call.deps, { id: call.params.user, actor: call.caller.actor }),
    };
  }

  @Endpoint(endpoints.listMembers)
  async listMembers(call: Call<typeof endpoints.listMembers>) {
    const rows = await listMembers(call.deps.db.tx, call.place.id, call.page.listing);
    return call.page.of(rows, (row) => row.user.id, toMember);
  }

  @Endpoint(endpoints.putMember)
  async putMember(call: Call<typeof endpoints.putMember>) {
    const email = call.params.email.toLowerCase();
    return toMember(
      await putMember(call.deps, { projectId: call.place.id, email, role: call.body.role, actor: call.caller.actor }),
    );
  }

  @Endpoint(endpoints.deleteMember)
  async deleteMember(call: Call<typeof endpoints.deleteMember>) {
    const { id } = await deleteMember(call.deps, {
      projectId: call.place.id,
      email: call.params.email.toLowerCase(),
      actor: call.caller.actor,
    });
    return { id, also: {} };
  }
}

function toMember(row: MemberRow) {
  return { ...row, role: row.role as 'viewer' };
}

/** Who the caller is, and the scope it has in each project that it can see (the first 200). */
async function toMe(deps: Call['deps'], caller: Caller) {
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
