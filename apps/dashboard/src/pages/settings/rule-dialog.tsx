import type { BranchRule, Project } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { environmentsQuery, repositoriesQuery } from '../../api/queries.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { Overtaken } from '../../parts/overtaken.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Select } from '../../parts/select.tsx';
import dialogs from '../service/dialogs.module.css';
import { branchWords } from './branch-words.ts';
import styles from './settings.module.css';
import { useSaveRule } from './use-save-rule.ts';

interface RuleDialogProps {
  readonly project: Project;
  /** Null: a new one. */
  readonly rule: BranchRule | null;
  /** As they stand now. */
  readonly rules: readonly BranchRule[];
  readonly onClose: () => void;
}

/** Makes a branch rule, or changes one; one that somebody else changed meanwhile is not overwritten. */
export function RuleDialog({ project, rule, rules, onClose }: RuleDialogProps) {
  const environments = useQuery(environmentsQuery(project.slug)).data ?? [];
  const repositories = useQuery(repositoriesQuery(project.slug)).data ?? [];
  const [branches, setBranches] = useState(rule?.branches.join(', ') ?? 'main');
  const [chosen, setChosen] = useState(rule?.environment.slug ?? '');
  const [repository, setRepository] = useState(rule?.repository?.slug ?? '');
  const environment = chosen || (environments[0]?.slug ?? '');
  const body = {
    branches: branches.split(/[\s,]+/).filter(Boolean),
    environment,
    repository: repository === '' ? null : repository,
  };
  const { save, now, isOvertaken, goOn } = useSaveRule({
    project: project.slug,
    rule,
    rules,
    body,
    onSaved: onClose,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isOvertaken) save.mutate();
  };
  return (
    <Dialog title={rule === null ? 'New branch rule' : 'Change the branch rule'} onClose={onClose}>
      <form className={styles.stack} onSubmit={submit}>
        <Field
          label="Branches"
          mono
          autoComplete="off"
          spellCheck={false}
          required
          value={branches}
          about="main, release/*, feature/**; ! before one takes away. The last one that matches decides."
          onChange={(event) => setBranches(event.target.value)}
        />
        <Select label="Deploy to" value={environment} onChoose={setChosen}>
          {environments.map(({ id, slug }) => (
            <option key={id}>{slug}</option>
          ))}
        </Select>
        <Select label="Of repository" value={repository} onChoose={setRepository}>
          <option value="">Every one</option>
          {repositories.map(({ id, slug }) => (
            <option key={id}>{slug}</option>
          ))}
        </Select>
        {isOvertaken ? (
          <Overtaken onGoOn={goOn}>
            {now
              ? `Somebody else changed this rule meanwhile: now ${branchWords(now)} deploys to ${now.environment.slug}.`
              : 'Somebody else removed this rule meanwhile. Going on makes it anew.'}
          </Overtaken>
        ) : save.error ? (
          <Problem error={save.error} what="The rule was not saved" />
        ) : null}
        <footer className={dialogs.footer}>
          <AsCommand {...save.as} />
          <Button onClick={onClose}>Leave it</Button>
          <Button type="submit" look="primary" busy={save.isPending} disabled={environment === '' || isOvertaken}>
            {rule === null ? 'Add the rule' : 'Save'}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
