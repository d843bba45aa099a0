import { Controller } from '@nestjs/common';
import { endpoints } from '@sconce/contract';
import { decidingGlob } from '@sconce/core';
import { findBranchRule, listBranchRules } from '@sconce/db';
import { createBranchRule, deleteBranchRule, mostBranchRules, updateBranchRule } from '@sconce/engine';
import type { Call } from '../endpoint/call.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { existing, given } from './existing.ts';
import { placeInQuery } from './place-in-query.ts';

@Controller()
export class BranchRulesController {
  @Endpoint(endpoints.listBranchRules)
  async listBranchRules(call: Call<typeof endpoints.listBranchRules>) {
    const { branch, repository } = call.query;
    if (branch !== undefined || repository !== undefined) return this.#matching(call);
    const rows = await listBranchRules(call.deps.db.tx, call.place.id, call.page.listing);
    return call.page.of(
      rows,
      (row) => row.id,
      (row) => row,
    );
  }

  /** Of few rules, all that count: the rule that pushes are matched by decides, not the database. */
  async #matching(call: Call<typeof endpoints.listBranchRules>) {
    const { branch, repository } = call.query;
    const of = repository === undefined ? null : await placeInQuery(call, 'repository', repository, 'read');
    const all = await listBranchRules(call.deps.db.tx, call.place.id, {
      limit: mostBranchRules,
      after: null,
      order: 'oldest',
    });
    const counting = all
      .filter((rule) => of === null || rule.repository === null || rule.repository.id === of.id)
      .toSorted((a, b) => a.position - b.position)
      .flatMap((rule) => {
        if (branch === undefined) return [rule];
        const decides = decidingGlob(rule.branches, branch);
        return decides === null ? [] : [{ ...rule, decides }];
      });
    const { after, limit } = call.page.listing;
    const from = after === null ? 0 : counting.findIndex((rule) => rule.id === after) + 1;
    return call.page.of(
      counting.slice(from, from + limit),
      (rule) => rule.id,
      (rule) => rule,
    );
  }

  @Endpoint(endpoints.createBranchRule)
  async createBranchRule(call: Call<typeof endpoints.createBranchRule>) {
    const { environment, repository = null, branches, position = 0 } = call.body;
    const rule = await createBranchRule(call.deps, {
      projectId: call.place.id,
      environment,
      repository,
      branches,
      position,
      actor: call.caller.actor,
    });
    call.reply.header('location', `/v1/branch-rules/${rule.id}`);
    return rule;
  }

  @Endpoint(endpoints.getBranchRule)
  async getBranchRule(call: Call<typeof endpoints.getBranchRule>) {
    return existing('branch rule', findBranchRule(call.deps.db.tx, call.place.id));
  }

  @Endpoint(endpoints.updateBranchRule)
  async updateBranchRule(call: Call<typeof endpoints.updateBranchRule>) {
    return updateBranchRule(call.deps, {
      id: call.place.id,
      changes: given(call.body),
      expectedVersion: call.ifMatch.version,
      actor: call.caller.actor,
    });
  }

  @Endpoint(endpoints.deleteBranchRule)
  async deleteBranchRule(call: Call<typeof endpoints.deleteBranchRule>) {
    await deleteBranchRule(call.deps, {
      id: call.place.id,
      expectedVersion: call.ifMatch.version,
      actor: call.caller.actor,
    });
    return { id: call.place.id, also: {} };
  }
}
