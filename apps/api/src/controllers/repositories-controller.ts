import { Controller, Inject } from '@nestjs/common';
import { endpoints } from '@sconce/contract';
import { findRepository, listRepositories, type RepositoryRow } from '@sconce/db';
import { createRepository, deleteRepository, updateRepository } from '@sconce/engine';
import { type ApiContext, CONTEXT } from '../context.ts';
import type { Call } from '../endpoint/call.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { existing, given } from './existing.ts';

@Controller()
export class RepositoriesController {
  readonly #context: ApiContext;

  constructor(@Inject(CONTEXT) context: ApiContext) {
    this.#context = context;
  }

  @Endpoint(endpoints.listRepositories)
  async listRepositories(call: Call<typeof endpoints.listRepositories>) {
    const { kind = null, slug = null } = call.query;
    const rows = await listRepositories(call.deps.db.tx, { projectId: call.place.id, kind, slug }, call.page.listing);
    return call.page.of(
      rows,
      (row) => row.id,
      (row) => this.#toRepository(row),
    );
  }

  @Endpoint(endpoints.createRepository)
  async createRepository(call: Call<typeof endpoints.createRepository>) {
    const { body } = call;
    const common = {
      projectId: call.place.id,
      slug: body.slug,
      defaultBranch: body.defaultBranch ?? 'main',
      actor: call.caller.actor,
    };
    const request =
      body.kind === 'builtin'
        ? ({ kind: 'builtin', ...common } as const)
        : ({
            kind: 'github',
            ...common,
            hostId: body.hostId,
            fullName: body.fullName,
            installationId: body.installationId ?? null,
          } as const);
    const repository = await createRepository(call.deps, request);
    // Before the transaction ends, so that a full disk is this request's failure; should it fail later, the sweep takes the directory away.
    if (repository.kind === 'builtin' && !call.dryRun) await this.#context.git.ensure(repository.id);
    call.reply.header('location', `/v1/repositories/${repository.id}`);
    return this.#toRepository(repository);
  }

  @Endpoint(endpoints.getRepository)
  async getRepository(call: Call<typeof endpoints.getRepository>) {
    return this.#toRepository(await existing('repository', findRepository(call.deps.db.tx, call.place.id)));
  }

  @Endpoint(endpoints.updateRepository)
  async updateRepository(call: Call<typeof endpoints.updateRepository>) {
    return this.#toRepository(
      await updateRepository(call.deps, {
        id: call.place.id,
        changes: given(call.body),
        expectedVersion: call.ifMatch.version,
        actor: call.caller.actor,
      }),
    );
  }

  @Endpoint(endpoints.deleteRepository)
  async deleteRepository(call: Call<typeof endpoints.deleteRepository>) {
    const also = await deleteRepository(call.deps, {
      id: call.place.id,
      expectedVersion: call.ifMatch.version,
      actor: call.caller.actor,
    });
    call.afterCommit(() => this.#context.git.remove(call.place.id));
    return { id: call.place.id, also };
  }

  #toRepository(row: RepositoryRow) {
    const path = `${row.project.slug}/${row.slug}`;
    const builtin = row.kind === 'builtin';
    return {
      ...row,
      kind: row.kind as 'builtin',
      path,
      fullName: builtin ? path : row.fullName,
      pushUrl: builtin ? `${this.#context.publicUrl}/git/${path}.git` : null,
    };
  }
}
