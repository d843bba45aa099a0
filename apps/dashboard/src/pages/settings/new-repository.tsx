import type { Project } from '@sconce/contract';
import { type FormEvent, useState } from 'react';
import { cache } from '../../api/cache.ts';
import { client } from '../../api/client.ts';
import { useWrite } from '../../api/use-write.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Select } from '../../parts/select.tsx';
import { createRepository } from '../../words/actions/source-actions.ts';
import { mistakeInSlug } from '../../words/slug.ts';
import styles from './settings.module.css';

type Kind = 'builtin' | 'github';

const blank = { slug: '', fullName: '', hostId: '', installationId: '' };

/** A place to push to here, or one on GitHub whose pushes are heard of. */
export function NewRepository({ project }: { readonly project: Project }) {
  const [kind, setKind] = useState<Kind>('builtin');
  const [typed, setTyped] = useState(blank);
  const [checked, setChecked] = useState(false);
  const { slug, fullName, hostId, installationId } = typed;
  const body =
    kind === 'builtin'
      ? ({ kind, slug } as const)
      : { kind, slug, fullName, hostId, ...(installationId === '' ? {} : { installationId }) };
  // What is not typed yet is said as an example.
  const name = slug || 'resnet50';
  const shown =
    body.kind === 'builtin'
      ? { ...body, slug: name }
      : { ...body, slug: name, fullName: fullName || 'acme/resnet50', hostId: hostId || '123456' };
  const create = useWrite({
    as: createRepository(project.slug, shown),
    mutationFn: () => client.createRepository({ params: { project: project.slug }, body }),
    onSuccess: () => {
      setTyped(blank);
      setChecked(false);
    },
    onSettled: () => cache.invalidateQueries({ queryKey: ['repositories', project.slug] }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (mistakeInSlug(slug) === null) create.mutate();
  };
  const field = (name: keyof typeof blank, label: string, about?: string) => (
    <Field
      label={label}
      mono
      autoComplete="off"
      value={typed[name]}
      mistake={name === 'slug' && checked ? mistakeInSlug(slug) : null}
      {...(about ? { about } : {})}
      onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
    />
  );
  return (
    <>
      <form className={styles.form} onSubmit={submit}>
        {field('slug', 'Name of the repository')}
        <Select label="Where it is" value={kind} onChoose={(value) => setKind(value as Kind)}>
          <option value="builtin">Here, built in</option>
          <option value="github">On GitHub</option>
        </Select>
        {kind === 'github' ? (
          <>
            {field('fullName', 'Owner and name', 'As in its address: owner/name')}
            {field('hostId', 'Number of the repository', 'GitHub’s own: gh api repos/owner/name --jq .id')}
            {field('installationId', 'Number of the installation', 'Of the GitHub App; needed for private ones')}
          </>
        ) : null}
        <Button type="submit" busy={create.isPending}>
          Add
        </Button>
      </form>
      <div className={styles.under}>
        {create.error ? <Problem error={create.error} what="The repository was not added" /> : null}
        <AsCommand {...create.as} />
      </div>
    </>
  );
}
