import type { Project, Repository } from '@sconce/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { cache } from '../../api/cache.ts';
import { client } from '../../api/client.ts';
import { repositoriesQuery } from '../../api/queries.ts';
import { useMay } from '../../api/rights.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { ConfirmByName } from '../../parts/confirm-by-name.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Section } from '../../parts/section.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import table from '../../parts/table.module.css';
import { plainLine } from '../../words/plain-text.ts';
import { NewRepository } from './new-repository.tsx';
import styles from './settings.module.css';

/** Where a project's code comes from, and where to push it. */
export function Repositories({ project }: { readonly project: Project }) {
  const repositories = useQuery(repositoriesQuery(project.slug));
  const mayWrite = useMay(project.slug, 'write');
  const administers = useMay(project.slug, 'admin');
  return (
    <Section title="Repositories">
      <Loaded
        asked={repositories}
        problem="The repositories could not be read"
        skeleton={<SkeletonRows rows={2} what="repositories" />}
      >
        {(all) =>
          all.length === 0 ? (
            <p className={styles.soft}>None yet. A built-in one has an address to push to at once.</p>
          ) : (
            <RepositoryTable repositories={all} mayRemove={administers} />
          )
        }
      </Loaded>
      {mayWrite ? <NewRepository project={project} /> : null}
    </Section>
  );
}

interface TableProps {
  readonly repositories: readonly Repository[];
  readonly mayRemove: boolean;
}

function RepositoryTable({ repositories, mayRemove }: TableProps) {
  const [asked, setAsked] = useState<Repository | null>(null);
  return (
    <div className={table.scroll}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Push to</th>
            <th scope="col" className={styles.spare}>
              Default branch
            </th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {repositories.map((repository) => (
            <tr key={repository.id}>
              <td data-mono>{repository.slug}</td>
              <td data-wide>
                {repository.pushUrl === null ? (
                  <span className={styles.soft}>{plainLine(repository.fullName, 120)} on GitHub</span>
                ) : (
                  <span className={styles.url}>
                    <code title={repository.pushUrl}>{repository.pushUrl}</code>
                    <CopyButton text={repository.pushUrl} what="address to push to" />
                  </span>
                )}
              </td>
              <td data-mono data-soft className={styles.spare}>
                {plainLine(repository.defaultBranch, 60)}
              </td>
              <td data-end>
                {mayRemove ? (
                  <Button look="quiet" onClick={() => setAsked(repository)} title={`Remove ${repository.slug}`}>
                    Remove
                  </Button>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {asked ? <RemoveDialog repository={asked} onClose={() => setAsked(null)} /> : null}
    </div>
  );
}

function RemoveDialog({ repository, onClose }: { readonly repository: Repository; readonly onClose: () => void }) {
  const { id, slug, path, kind, version } = repository;
  const remove = useMutation({
    mutationFn: () => client.deleteRepository({ params: { repository: id }, ifMatch: `"${version}"` }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ['repositories'] });
      onClose();
    },
  });
  return (
    <ConfirmByName
      title={`Remove the repository ${slug}`}
      name={slug}
      does="Remove the repository"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <p>
        {kind === 'builtin' ? 'Its commits are deleted here; clones that people have keep theirs. ' : ''}
        Services built from it keep running, and nothing is built for them any more. Its branch rules go too.
      </p>
      <AsCommand api={{ name: 'deleteRepository', params: { repository: path } }} />
    </ConfirmByName>
  );
}
