import type { BranchRule, Project } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { cache } from '../../api/cache.ts';
import { client } from '../../api/client.ts';
import { branchRulesQuery } from '../../api/project-queries.ts';
import { useMay } from '../../api/rights.ts';
import { useWrite } from '../../api/use-write.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { Listed } from '../../parts/listed.tsx';
import { RowsTable } from '../../parts/rows-table.tsx';
import { removeBranchRule } from '../../words/actions/source-actions.ts';
import { branchWords } from './branch-words.ts';
import { RuleDialog } from './rule-dialog.tsx';
import styles from './settings.module.css';
import { TryBranch } from './try-branch.tsx';

/** Which branches deploy where, and a field to try one. */
export function BranchRules({ project }: { readonly project: Project }) {
  const rules = useQuery(branchRulesQuery(project.slug));
  const mayWrite = useMay(project.slug, 'write');
  const [open, setOpen] = useState<'new' | BranchRule | null>(null);
  return (
    <>
      <Listed
        title="Branch rules"
        aside={mayWrite ? <Button onClick={() => setOpen('new')}>New rule</Button> : null}
        asked={rules}
        what="branch rules"
        rows={2}
        empty="None yet: pushes build nothing. A rule says which branches deploy where."
        below={rules.data ? <TryBranch project={project} /> : null}
      >
        {(all) => <RuleTable rules={inOrder(all)} onEdit={mayWrite ? setOpen : null} />}
      </Listed>
      {open ? (
        <RuleDialog
          project={project}
          rule={open === 'new' ? null : open}
          rules={rules.data ?? []}
          onClose={() => setOpen(null)}
        />
      ) : null}
    </>
  );
}

const inOrder = (rules: readonly BranchRule[]): readonly BranchRule[] =>
  rules.toSorted((a, b) => a.position - b.position);

const columns = [{ name: 'Branches' }, { name: 'Deploy to' }, { name: 'Of', spare: true }];

interface TableProps {
  readonly rules: readonly BranchRule[];
  readonly onEdit: ((rule: BranchRule) => void) | null;
}

function RuleTable({ rules, onEdit }: TableProps) {
  const [asked, setAsked] = useState<BranchRule | null>(null);
  return (
    <>
      <RowsTable columns={columns}>
        {rules.map((rule) => (
          <tr key={rule.id}>
            <td data-mono data-wide title={branchWords(rule)}>
              {branchWords(rule)}
            </td>
            <td>{rule.environment.slug}</td>
            <td data-soft data-spare>
              {rule.repository ? rule.repository.slug : 'every repository'}
            </td>
            <td data-end>
              {onEdit ? (
                <span className={styles.actions}>
                  <Button look="quiet" onClick={() => onEdit(rule)} title={`Change ${branchWords(rule)}`}>
                    Change
                  </Button>
                  <Button look="quiet" onClick={() => setAsked(rule)} title={`Remove ${branchWords(rule)}`}>
                    Remove
                  </Button>
                </span>
              ) : null}
            </td>
          </tr>
        ))}
      </RowsTable>
      {asked ? <RemoveDialog rule={asked} onClose={() => setAsked(null)} /> : null}
    </>
  );
}

function RemoveDialog({ rule, onClose }: { readonly rule: BranchRule; readonly onClose: () => void }) {
  const remove = useWrite({
    as: removeBranchRule(rule.id),
    mutationFn: () => client.deleteBranchRule({ params: { branchRule: rule.id }, ifMatch: `"${rule.version}"` }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ['branch-rules'] });
      onClose();
    },
  });
  return (
    <Confirm
      title={`Remove the rule ${branchWords(rule)}`}
      does="Remove the rule"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <p>
        By this rule pushes deploy to {rule.environment.slug} no more. What is live stays. A new rule of the same words
        brings it back.
      </p>
      <AsCommand {...remove.as} />
    </Confirm>
  );
}
