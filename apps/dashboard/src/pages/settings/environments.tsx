import type { Environment, Project } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Link } from 'wouter';
import { cache } from '../../api/cache.ts';
import { client } from '../../api/client.ts';
import { clustersQuery } from '../../api/project-queries.ts';
import { environmentsQuery } from '../../api/queries.ts';
import { useMay } from '../../api/rights.ts';
import { useWrite } from '../../api/use-write.ts';
import { environmentPath } from '../../app/paths.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import { Listed } from '../../parts/listed.tsx';
import { Problem } from '../../parts/problem.tsx';
import { RowsTable } from '../../parts/rows-table.tsx';
import { Select } from '../../parts/select.tsx';
import { createEnvironment } from '../../words/actions/place-actions.ts';
import { plural } from '../../words/duration.ts';
import { mistakeInSlug } from '../../words/slug.ts';
import { RemovePlace } from '../removal/remove-place.tsx';
import styles from './settings.module.css';

export function Environments({ project }: { readonly project: Project }) {
  const environments = useQuery(environmentsQuery(project.slug));
  const mayWrite = useMay(project.slug, 'write');
  const administers = useMay(project.slug, 'admin');
  return (
    <Listed
      title="Environments"
      asked={environments}
      what="environments"
      rows={2}
      empty="None yet. Services stand in an environment: production, staging."
      below={mayWrite ? <NewEnvironment project={project} /> : null}
    >
      {(all) => <EnvironmentTable environments={all} mayRemove={administers} />}
    </Listed>
  );
}

/** The one that is meant where none is named. */
const ownCluster = 'local';

const columns = [{ name: 'Name' }, { name: 'Services' }, { name: 'Cluster', spare: true }];

interface TableProps {
  readonly environments: readonly Environment[];
  readonly mayRemove: boolean;
}

const changed = () => cache.invalidateQueries({ queryKey: ['environments'] });

function EnvironmentTable({ environments, mayRemove }: TableProps) {
  const [asked, setAsked] = useState<Environment | null>(null);
  return (
    <>
      <RowsTable columns={columns}>
        {environments.map((environment) => (
          <tr key={environment.id}>
            <td data-wide data-mono>
              <Link href={environmentPath(environment.path)} data-row>
                {environment.slug}
              </Link>
            </td>
            <td data-soft>{plural(environment.services, 'service')}</td>
            <td data-soft data-mono data-spare>
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
      </RowsTable>
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
    </>
  );
}

function NewEnvironment({ project }: { readonly project: Project }) {
  const [slug, setSlug] = useState('');
  const [checked, setChecked] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);
  const clusters = useQuery(clustersQuery).data ?? [];
  const params = { project: project.slug };
  const on = chosen === null ? {} : { cluster: chosen };
  const create = useWrite({
    as: createEnvironment(project.slug, slug || 'staging', chosen),
    mutationFn: () => client.createEnvironment({ params, body: { slug, ...on } }),
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
        {clusters.length > 1 ? (
          <Select
            label="Cluster"
            value={chosen ?? ownCluster}
            onChoose={(name) => setChosen(name === ownCluster ? null : name)}
          >
            {clusters.map(({ name, reachable }) => (
              <option key={name} value={name}>
                {reachable ? name : `${name} (does not answer)`}
              </option>
            ))}
          </Select>
        ) : null}
        <Button type="submit" busy={create.isPending}>
          Add
        </Button>
      </form>
      <div className={styles.under}>
        {create.error ? <Problem error={create.error} what="The environment was not added" /> : null}
        <AsCommand {...create.as} />
      </div>
    </>
  );
}
