import { useQuery } from '@tanstack/react-query';
import { client } from '../../api/client.ts';
import { useWrite } from '../../api/use-write.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { ConfirmByName } from '../../parts/confirm-by-name.tsx';
import { Problem } from '../../parts/problem.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { type Place, removePlace } from '../../words/actions/place-actions.ts';
import { camelWords } from '../../words/camel-words.ts';
import { plural } from '../../words/duration.ts';
import styles from './removal.module.css';

interface RemovePlaceProps {
  readonly kind: Place;
  readonly id: string;
  /** `project/environment/service`, or as much of it as there is. */
  readonly path: string;
  readonly version: number;
  readonly onRemoved: () => void;
  readonly onClose: () => void;
}

/** Asks the API what would go, says it by name, and does it once the name was typed. */
export function RemovePlace({ kind, id, path, version, onRemoved, onClose }: RemovePlaceProps) {
  const would = useQuery({
    queryKey: ['would remove', id],
    queryFn: ({ signal }) => send(kind, id, { dryRun: true }, undefined, signal),
    gcTime: 0,
    staleTime: 0,
  });
  const takesVolumes = (would.data?.removes.volumes.length ?? 0) > 0;
  const remove = useWrite({
    as: removePlace(kind, path, takesVolumes),
    // A service's version moves with each release, which changes nothing of what goes.
    mutationFn: () =>
      send(kind, id, takesVolumes ? { volumes: 'delete' } : {}, kind === 'service' ? undefined : `"${version}"`),
    onSuccess: onRemoved,
  });
  const name = path.split('/').at(-1) ?? path;
  return (
    <ConfirmByName
      title={`Remove the ${kind} ${name}`}
      name={name}
      does={`Remove the ${kind}`}
      busy={remove.isPending}
      error={remove.error}
      blocked={!would.data}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      {would.error ? (
        <Problem error={would.error} what="It cannot be told what would go" onRetry={() => void would.refetch()} />
      ) : would.data ? (
        <WhatGoes kind={kind} {...would.data} />
      ) : (
        <SkeletonRows rows={3} what="what would go" />
      )}
      <AsCommand {...remove.as} />
    </ConfirmByName>
  );
}

type Would = Awaited<ReturnType<typeof client.deleteProject>>;

function send(
  kind: Place,
  id: string,
  query: { readonly dryRun?: boolean; readonly volumes?: 'delete' },
  ifMatch?: string,
  signal?: AbortSignal,
): Promise<Would> {
  const given = { ...(ifMatch ? { ifMatch } : {}), ...(signal ? { signal } : {}) };
  if (kind === 'project') return client.deleteProject({ params: { project: id }, query, ...given });
  if (kind === 'environment') return client.deleteEnvironment({ params: { environment: id }, query, ...given });
  // The volumes of a service stay with its environment, so there is nothing to say about them.
  const { volumes: _, ...dry } = query;
  return client.deleteService({ params: { service: id }, query: dry, ...given });
}

function WhatGoes({
  kind,
  removes,
  keeps,
  also,
}: Pick<Would, 'removes' | 'keeps' | 'also'> & { readonly kind: Place }) {
  const counted = Object.entries(also).filter(([what, count]) => count > 0 && what !== 'services');
  const nothing = removes.services.length + removes.volumes.length + counted.length === 0;
  return (
    <div className={styles.goes}>
      {kind === 'service' ? <p>It stops at once, and its addresses answer no more. This cannot be undone.</p> : null}
      {kind !== 'service' && nothing ? <p>Nothing stands in it. Removing it cannot be undone.</p> : null}
      {kind !== 'service' && !nothing ? <p>All of this goes for good, and cannot be undone:</p> : null}
      {kind === 'service' ? null : <Names title="Services, which stop at once" names={removes.services} />}
      <Names title="Volumes, with the data in them" names={removes.volumes} />
      <Names title="Addresses that answer no more" names={removes.hosts} />
      {counted.length > 0 ? (
        <p className={styles.also}>
          Also {counted.map(([what, count]) => plural(count, singular(camelWords(what)), camelWords(what))).join(', ')}
        </p>
      ) : null}
      <Names title="Volumes that stay with the environment" names={keeps.volumes} />
    </div>
  );
}

const singular = (what: string): string => what.replace(/ies$/, 'y').replace(/s$/, '');

const mostNamed = 20;

function Names({ title, names }: { readonly title: string; readonly names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <div>
      <h3>{title}</h3>
      <ul className={styles.names}>
        {names.slice(0, mostNamed).map((name) => (
          <li key={name}>
            <code>{name}</code>
          </li>
        ))}
        {names.length > mostNamed ? <li>and {names.length - mostNamed} more</li> : null}
      </ul>
    </div>
  );
}
