import {
  appendEvent,
  type BranchRuleFields,
  type BranchRuleRow,
  countBranchRules,
  findBranchRule,
  insertBranchRule,
  lockBranchRule,
  lockProject,
  removeBranchRule,
  type Tx,
  writeBranchRule,
} from '@sconce/db';
import type { Actor, Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';
import { referenceInProject } from './references.ts';
import { refuseStale } from './refuse-stale.ts';

export const mostBranchRules = 500;

export interface BranchRuleRequest {
  readonly projectId: string;
  /** Id or slug of an environment of the project. */
  readonly environment: string;
  readonly repository: string | null;
  readonly branches: readonly string[];
  readonly position: number;
  readonly actor: Actor;
}

export async function createBranchRule(deps: Deps, input: BranchRuleRequest): Promise<BranchRuleRow> {
  const { projectId, branches, position, actor } = input;
  return deps.db.transaction(async (tx) => {
    const project = await lockProject(tx, projectId);
    if (!project) throw new Rejection('not_found', 'There is no such project');
    if ((await countBranchRules(tx, projectId)) >= mostBranchRules)
      throw new Rejection('limit_reached', `A project has at most ${mostBranchRules} branch rules`);
    const environmentId = await referenceInProject(tx, 'environment', input.environment, project);
    const repositoryId =
      input.repository === null ? null : await referenceInProject(tx, 'repository', input.repository, project);
    const id = await insertBranchRule(tx, projectId, { environmentId, repositoryId, branches, position });
    await appendEvent(tx, {
      type: 'branch_rule.created',
      projectId,
      environmentId,
      subjectId: id,
      data: { branches },
      actor,
    });
    return standing(tx, id);
  });
}

export interface BranchRuleChange {
  readonly id: string;
  readonly changes: {
    readonly environment?: string;
    readonly repository?: string | null;
    readonly branches?: readonly string[];
    readonly position?: number;
  };
  readonly expectedVersion: number | null;
  readonly actor: Actor;
}

export async function updateBranchRule(deps: Deps, input: BranchRuleChange): Promise<BranchRuleRow> {
  const { id, actor } = input;
  return deps.db.transaction(async (tx) => {
    const rule = await lockBranchRule(tx, id);
    if (!rule) throw new Rejection('not_found', 'There is no such branch rule');
    refuseStale(input.expectedVersion, rule.version);
    await writeBranchRule(tx, id, await toFields(tx, rule, input.changes));
    const written = await standing(tx, id);
    await appendEvent(tx, {
      type: 'branch_rule.updated',
      projectId: rule.project.id,
      environmentId: written.environment.id,
      subjectId: id,
      data: { changed: Object.keys(input.changes) },
      actor,
    });
    return written;
  });
}

async function toFields(
  tx: Tx,
  rule: BranchRuleRow,
  changes: BranchRuleChange['changes'],
): Promise<Partial<BranchRuleFields>> {
  const { environment, repository, ...plain } = changes;
  return {
    ...plain,
    ...(environment === undefined
      ? {}
      : { environmentId: await referenceInProject(tx, 'environment', environment, rule.project) }),
    ...(repository === undefined
      ? {}
      : {
          repositoryId:
            repository === null ? null : await referenceInProject(tx, 'repository', repository, rule.project),
        }),
  };
}

export async function deleteBranchRule(
  deps: Deps,
  input: { readonly id: string; readonly expectedVersion: number | null; readonly actor: Actor },
): Promise<void> {
  const { id, actor } = input;
  await deps.db.transaction(async (tx) => {
    const rule = await lockBranchRule(tx, id);
    if (!rule) throw new Rejection('not_found', 'There is no such branch rule');
    refuseStale(input.expectedVersion, rule.version);
    await removeBranchRule(tx, id);
    await appendEvent(tx, {
      type: 'branch_rule.removed',
      projectId: rule.project.id,
      environmentId: rule.environment.id,
      subjectId: id,
      data: { branches: rule.branches },
      actor,
    });
  });
}

async function standing(tx: Tx, id: string): Promise<BranchRuleRow> {
  const rule = await findBranchRule(tx, id);
  if (!rule) throw new Error(`The branch rule ${id} is not there after it was written`);
  return rule;
}
