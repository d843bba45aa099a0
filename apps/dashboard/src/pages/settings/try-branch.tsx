import type { BranchRule, Project } from '@sconce/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { branchTriedQuery } from '../../api/project-queries.ts';
import { repositoriesQuery } from '../../api/queries.ts';
import { Field } from '../../parts/field.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Select } from '../../parts/select.tsx';
import { plainLine } from '../../words/plain-text.ts';
import styles from './settings.module.css';

const settleMs = 200;

/** Where a push to a branch would deploy to, and which pattern says so. */
export function TryBranch({ project }: { readonly project: Project }) {
  const repositories = useQuery(repositoriesQuery(project.slug)).data ?? [];
  const [typed, setTyped] = useState('');
  const [repository, setRepository] = useState('');
  const branch = useSettled(typed.trim().replace(/^refs\/heads\//, ''));
  const of = repository === '' ? null : `${project.slug}/${repository}`;
  const tried = useQuery({
    ...branchTriedQuery(project.slug, branch, of),
    enabled: branch !== '',
    placeholderData: keepPreviousData,
  });
  return (
    <div>
      <div className={styles.form}>
        <Field
          label="Try a branch"
          mono
          autoComplete="off"
          spellCheck={false}
          placeholder="feature/resize"
          maxLength={200}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        {repositories.length > 1 ? (
          <Select label="Pushed to" value={repository} onChoose={setRepository}>
            <option value="">Any repository</option>
            {repositories.map(({ id, slug }) => (
              <option key={id}>{slug}</option>
            ))}
          </Select>
        ) : null}
      </div>
      <div className={styles.tried} role="status">
        {branch === '' ? null : tried.error ? (
          <Problem error={tried.error} what="This cannot be tried" />
        ) : tried.data ? (
          <Answer branch={branch} rules={tried.data} />
        ) : null}
      </div>
    </div>
  );
}

/** What stands still for a moment: nobody needs an answer for each key. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), settleMs);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

function Answer({ branch, rules }: { readonly branch: string; readonly rules: readonly BranchRule[] }) {
  const name = <code>{plainLine(branch, 100)}</code>;
  if (rules.length === 0) return <p>{name} deploys nowhere: no rule takes it in, so a push to it builds nothing.</p>;
  return (
    <ul>
      {rules.map(({ id, environment, repository, decides }) => (
        <li key={id}>
          <span>
            {name} deploys to <strong>{environment.slug}</strong>
            {repository ? ` when it is pushed to ${repository.slug}` : ''},
          </span>
          <span className={styles.soft}>
            because <code>{plainLine(decides ?? '', 100)}</code>{' '}
            {decides?.startsWith('!') ? 'leaves it in' : decides === branch ? 'is its name' : 'matches it'}
          </span>
        </li>
      ))}
    </ul>
  );
}
