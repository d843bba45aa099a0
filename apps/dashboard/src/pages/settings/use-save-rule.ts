import type { BranchRule, Endpoints, InputOf } from '@sconce/contract';
import { cache } from '../../api/cache.ts';
import { client } from '../../api/client.ts';
import { useSeen } from '../../api/use-seen.ts';
import { useWrite } from '../../api/use-write.ts';
import { createBranchRule, updateBranchRule } from '../../words/actions/source-actions.ts';

type RuleBody = InputOf<Endpoints['createBranchRule']>['body'];

interface RuleToSave {
  readonly project: string;
  /** As it was when the change was begun; null: a new one. */
  readonly rule: BranchRule | null;
  /** As they stand now. */
  readonly rules: readonly BranchRule[];
  readonly body: RuleBody;
  readonly onSaved: () => void;
}

/** Saves a rule against what was seen of it: one that somebody else changed meanwhile is told, and not overwritten. */
export function useSaveRule({ project, rule, rules, body, onSaved }: RuleToSave) {
  const now = rules.find(({ id }) => id === rule?.id) ?? null;
  const seen = useSeen(rule?.version ?? null, now?.version ?? null);
  const { branches, environment, repository = null } = body;
  const said = { branches: branches.length > 0 ? branches : ['main'], environment, repository };
  const save = useWrite({
    as:
      rule === null || seen.version === null
        ? createBranchRule(project, said)
        : updateBranchRule(project, rule.id, said),
    mutationFn: () =>
      rule === null || seen.version === null
        ? client.createBranchRule({ params: { project }, body })
        : client.updateBranchRule({ params: { branchRule: rule.id }, body, ifMatch: `"${seen.version}"` }),
    onSuccess: onSaved,
    onSettled: () => void cache.invalidateQueries({ queryKey: ['branch-rules', project] }),
  });
  return {
    save,
    /** Null: it was removed. */
    now,
    isOvertaken: seen.isOther && !save.isPending && !save.isSuccess,
    goOn: () => {
      save.reset();
      seen.renew();
    },
  };
}
