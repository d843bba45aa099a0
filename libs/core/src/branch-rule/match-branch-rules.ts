import { matchesGlobs } from './glob-list.ts';

export interface MatchableBranchRule {
  readonly environmentId: string;
  /** Null: every repository of the project. */
  readonly repositoryId: string | null;
  readonly branches: readonly string[];
  readonly position: number;
}

/** Environments that a branch of a repository deploys to, in the order of the rules, each once. */
export function matchBranchRules(
  rules: readonly MatchableBranchRule[],
  repositoryId: string,
  branch: string,
): string[] {
  const matching = rules
    .filter((rule) => rule.repositoryId === null || rule.repositoryId === repositoryId)
    .filter((rule) => matchesGlobs(rule.branches, branch))
    .sort((a, b) => a.position - b.position);
  return [...new Set(matching.map((rule) => rule.environmentId))];
}
