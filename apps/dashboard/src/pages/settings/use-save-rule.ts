import type { BranchRule, Endpoints, InputOf } from '@sconce/contract';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { cache } from '../../api/cache.ts';
import { client } from '../../api/client.ts';

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
  // The version the change is made against; null: there is none.
  const [seen, setSeen] = useState(rule?.version ?? null);
  const now = rules.find(({ id }) => id === rule?.id) ?? null;
  const save = useMutation({
    mutationFn: () =>
      rule === null || seen === null
        ? client.createBranchRule({ params: { project }, body })
        : client.updateBranchRule({ params: { branchRule: rule.id }, body, ifMatch: `"${seen}"` }),
    onSuccess: onSaved,
    onSettled: () => void cache.invalidateQueries({ queryKey: ['branch-rules', project] }),
  });
  return {
    save,
    /** Null: it was removed. */
    now,
    isOvertaken: seen !== null && now?.version !== seen && !save.isPending && !save.isSuccess,
    goOn: () => {
      save.reset();
      setSeen(now?.version ?? null);
    },
  };
}
