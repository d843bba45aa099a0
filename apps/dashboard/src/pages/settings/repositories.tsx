import type { Project, Repository } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { cache } from '../../api/cache.ts';
import { client } from '../../api/client.ts';
import { repositoriesQuery } from '../../api/queries.ts';
import { useMay } from '../../api/rights.ts';
import { useWrite } from '../../api/use-write.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { ConfirmByName } from '../../parts/confirm-by-name.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Listed } from '../../parts/listed.tsx';
import { RowsTable } from '../../parts/rows-table.tsx';
import { removeRepository } from '../../words/actions/source-actions.ts';
import { plainLine } from '../../words/plain-text.ts';
import { DefaultBranch } from './default-branch.tsx';
import { NewRepository } from './new-repository.tsx';
import styles from './settings.module.css';

/** Where a project's code comes from, and where to push it. */
export function Repositories({ project }: { readonly project: Project }) {
  const repositories = useQuery(repositoriesQuery(project.slug));
  const mayWrite = useMay(project.slug, 'write');
  const administers = useMay(project.slug, 'admin');
  return (
    <Listed
      title="Repositories"
      asked={repositories}
      what="repositories"
      rows={2}
      empty="None yet. A built-in one has an address to push to at once."
      below={mayWrite ? <NewRepository project={project} /> : null}
    >
      {(all) => <RepositoryTable repositories={all} mayWrite={mayWrite} mayRemove={administers} />}
    </Listed>
  );
}

const columns = [{ name: 'Name' }, { name: 'Push to' }, { name: 'Default branch', spare: true }];

interface TableProps {
  readonly repositories: readonly Repository[];
  readonly mayWrite: boolean;
  readonly mayRemove: boolean;
}

function RepositoryTable({ repositories, mayWrite, mayRemove }: TableProps) {
  const [asked, setAsked] = useState<{ readonly what: 'branch' | 'remove'; readonly one: Repository } | null>(null);
  const close = () => setAsked(null);
  return (
    <>
      <RowsTable columns={columns}>
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
            <td data-mono data-soft data-spare>
              {plainLine(repository.defaultBranch, 60)}
            </td>
            <td data-end>
              <span className={styles.actions}>
                {mayWrite ? (
                  <Button
                    look="quiet"
                    onClick={() => setAsked({ what: 'branch', one: repository })}
                    title={`Change the default branch of ${repository.slug}`}
                  >
                    Change
                  </Button>
                ) : null}
                {mayRemove ? (
                  <Button
                    look="quiet"
                    onClick={() => setAsked({ what: 'remove', one: repository })}
                    title={`Remove ${repository.slug}`}
                  >
                    Remove
                  </Button>
                ) : null}
              </span>
            </td>
          </tr>
        ))}
      </RowsTable>
      {asked?.what === 'branch' ? (
        <DefaultBranch
          repository={asked.one}
          now={repositories.find(({ id }) => id === asked.one.id) ?? null}
          onClose={close}
        />
      ) : null}
      {asked?.what === 'remove' ? <RemoveDialog repository={asked.one} onClose={close} /> : null}
    </>
  );
}

function RemoveDialog({ repository, onClose }: { readonly repository: Repository; readonly onClose: () => void }) {
  const { id, slug, path, kind, version } = repository;
  const remove = useWrite({
    as: removeRepository(path),
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
      <AsCommand {...remove.as} />
    </ConfirmByName>
  );
}
