import type { Environment, Project } from '@sconce/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Link } from 'wouter';
import { cache } from '../../api/cache.ts';
import { client } from '../../api/client.ts';
import { environmentsQuery } from '../../api/queries.ts';
import { useMay } from '../../api/rights.ts';
import { environmentPath } from '../../app/paths.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Section } from '../../parts/section.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import table from '../../parts/table.module.css';
import { plural } from '../../words/duration.ts';
import { mistakeInSlug } from '../../words/slug.ts';
import { RemovePlace } from '../removal/remove-place.tsx';
import styles from './settings.module.css';

export function Environments({ project }: { readonly project: Project }) {
  const environments = useQuery(environmentsQuery(project.slug));
  const mayWrite = useMay(project.slug, 'write');
  const administers = useMay(project.slug, 'admin');
  return (
    <Section title="Environments">
      <Loaded
        asked={environments}
        problem="The environments could not be read"
        skeleton={<SkeletonRows rows={2} what="environments" />}
      >
        {(all) =>
          all.length === 0 ? (
            <p className={styles.soft}>None yet. Services stand in an environment: production, staging.</p>
          ) : (
            <EnvironmentTable environments={all} mayRemove={administers} />
          )
        }
      </Loaded>
      {mayWrite ? <NewEnvironment project={project} /> : null}
    </Section>
  );
}

interface TableProps {
  readonly environments: readonly Environment[];
  readonly mayRemove: boolean;
}

const changed = () => cache.invalidateQueries({ queryKey: ['environments'] });

function EnvironmentTable({ environments, mayRemove }: TableProps) {
  const [asked, setAsked] = useState<Environment | null>(null);
  return (
    <div className={table.scroll}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Services</th>
            <th scope="col" className={styles.spare}>
              Cluster
            </th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {environments.map((environment) => (
            <tr key={environment.id}>
              <td data-wide data-mono>
                <Link href={environmentPath(environment.path)} data-row>
                  {environment.slug}
                </Link>
              </td>
              <td data-soft>{plural(environment.services, 'service')}</td>
              <td data-soft data-mono className={styles.spare}>
                {environment.cluster}
              </td>
              <td data-end>
                {mayRemove ? (
                  <Button look="quiet" onClick={() => setAsked(environment)} title={`Remove ${environment.slug}`}>
                    Remove
                  </Button>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {asked ? (
        <RemovePlace
          kind="environment"
          id={asked.id}
          path={asked.path}
          version={asked.version}
          onRemoved={() => {
            void changed();
            setAsked(null);
          }}
          onClose={() => setAsked(null)}
        />
      ) : null}
    </div>
  );
}

function NewEnvironment({ project }: { readonly project: Project }) {
  const [slug, setSlug] = useState('');
  const [checked, setChecked] = useState(false);
  const params = { project: project.slug };
  const create = useMutation({
    mutationFn: () => client.createEnvironment({ params, body: { slug } }),
    onSuccess: () => {
      setSlug('');
      setChecked(false);
    },
    onSettled: changed,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (mistakeInSlug(slug) === null) create.mutate();
  };
  return (
    <>
      <form className={styles.form} onSubmit={submit}>
        <Field
          label="Name of the environment"
          mono
          autoComplete="off"
          placeholder="staging"
          value={slug}
          mistake={checked ? mistakeInSlug(slug) : null}
          onChange={(event) => setSlug(event.target.value)}
        />
        <Button type="submit" busy={create.isPending}>
          Add
        </Button>
      </form>
      <div className={styles.under}>
        {create.error ? <Problem error={create.error} what="The environment was not added" /> : null}
        <AsCommand api={{ name: 'createEnvironment', params, body: { slug: slug || 'staging' } }} />
      </div>
    </>
  );
}
