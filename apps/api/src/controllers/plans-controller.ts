import { Controller, Inject } from '@nestjs/common';
import { endpoints } from '@sconce/contract';
import { findRepository, type RepositoryRow } from '@sconce/db';
import { planRepository, Rejection, recordDeliveries } from '@sconce/engine';
import { type ApiContext, CONTEXT } from '../context.ts';
import type { Call } from '../endpoint/call.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { toDelivery } from '../git/take-git-request.ts';
import { existing } from './existing.ts';

/** Looking before deploying, and something to deploy for those who have nothing yet. */
@Controller()
export class PlansController {
  readonly #context: ApiContext;

  constructor(@Inject(CONTEXT) context: ApiContext) {
    this.#context = context;
  }

  @Endpoint(endpoints.getRepositoryPlan)
  async getRepositoryPlan(call: Call<typeof endpoints.getRepositoryPlan>) {
    const repository = await existing('repository', findRepository(call.deps.db.tx, call.place.id));
    const branches = await this.#branches(repository);
    const branch = call.query.ref ?? repository.defaultBranch;
    const look = { repository: repository.id, name: repository.slug, branch };
    const { commit, plan } = await planRepository(call.deps, look, call.signal);
    if (commit === null) return { branch, branches, commit: null, plan: null };
    const { sha, message, author, ref } = commit;
    return { branch, branches, commit: { sha, message, author, ref }, plan };
  }

  @Endpoint(endpoints.listExamples)
  async listExamples(_: Call<typeof endpoints.listExamples>) {
    return { data: [...this.#context.examples.values()], page: { next: null } };
  }

  /** As a push does it: the branch moves, the delivery is recorded, and where that fails the branch is put back. */
  @Endpoint(endpoints.createCommit)
  async createCommit(call: Call<typeof endpoints.createCommit>) {
    const { git, examples } = this.#context;
    const repository = await existing('repository', findRepository(call.deps.db.tx, call.place.id));
    const example = examples.get(call.body.example);
    if (!example) throw noSuchExample();
    if (repository.kind !== 'builtin')
      throw new Rejection('conflict', 'Only repositories on the built-in git server take commits from here');
    await git.ensure(repository.id);
    const branch = repository.defaultBranch;
    if ((await git.refs(repository.id)).some(({ ref }) => ref === `refs/heads/${branch}`)) throw notEmpty(branch);
    if (call.dryRun) return { sha: '0'.repeat(40), branch };
    const at = call.deps.clock.now() / 1_000;
    const update = await git.begin(repository.id, { branch, files: example.files, message: example.title, at });
    if (!update) throw notEmpty(branch);
    try {
      await recordDeliveries(call.deps, [toDelivery(repository.id, update, call.caller.actor, call.requestId)]);
    } catch (error) {
      await git.undo(repository.id, update).catch((err: unknown) => {
        call.deps.log.error({ err, repository: repository.id }, 'a first commit could not be taken back');
      });
      throw error;
    }
    return { sha: update.after, branch };
  }

  /** GitHub is asked for the one branch alone: its list costs a request of a small allowance. */
  async #branches(repository: RepositoryRow): Promise<string[]> {
    if (repository.kind !== 'builtin') return [];
    await this.#context.git.ensure(repository.id);
    const refs = await this.#context.git.refs(repository.id);
    return refs.flatMap(({ ref }) => /^refs\/heads\/(.+)$/.exec(ref)?.[1] ?? []).slice(0, 200);
  }
}

function noSuchExample(): Rejection {
  return new Rejection('invalid', 'There is no such example', {
    errors: [{ path: 'example', code: 'unknown', message: 'GET /v1/examples lists them' }],
  });
}

function notEmpty(branch: string): Rejection {
  return new Rejection('conflict', `The repository has a branch ${branch} already`, {
    hint: 'An example begins an empty repository. Make another one.',
  });
}
