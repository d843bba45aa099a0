import { Controller, Inject } from '@nestjs/common';
import { endpoints } from '@sconce/contract';
import { findUser, listMembers, listUsers, type MemberRow } from '@sconce/db';
import {
  createUser,
  deleteMember,
  deleteUser,
  endAllSessions,
  makeSignInLink,
  putMember,
  renameSelf,
} from '@sconce/engine';
import { type ApiContext, CONTEXT } from '../context.ts';
import type { Call } from '../endpoint/call.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { existing } from './existing.ts';
import { toMe } from './to-me.ts';

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

  @Endpoint(endpoints.updateMe)
  async updateMe(call: Call<typeof endpoints.updateMe>) {
    return renameSelf(call.deps, { caller: call.caller, name: call.body.name });
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
    return { ...user, setupUrl: `${this.#context.dashboardUrl}/setup/${setupCode}` };
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

  @Endpoint(endpoints.createSignInLink, { sealReply: true })
  async createSignInLink(call: Call<typeof endpoints.createSignInLink>) {
    const { code, expiresAt } = await makeSignInLink(call.deps, {
      userId: call.params.user,
      actor: call.caller.actor,
    });
    return { url: `${this.#context.dashboardUrl}/setup/${code}`, expiresAt };
  }

  @Endpoint(endpoints.endUserSessions)
  async endUserSessions(call: Call<typeof endpoints.endUserSessions>) {
    const { user: userId } = call.params;
    // Of their own, an administrator keeps the one that asks.
    const ids = await endAllSessions(call.deps, { userId, except: call.caller.tokenId, actor: call.caller.actor });
    call.afterCommit(async () => this.#context.openStreams.endOf(ids));
    return { id: userId, also: { sessions: ids.length } };
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
