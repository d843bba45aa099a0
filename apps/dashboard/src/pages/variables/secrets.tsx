import type { SecretGroup } from '@sconce/contract';
import { useQueries, useQuery } from '@tanstack/react-query';
import { cache } from '../../api/cache.ts';
import { client } from '../../api/client.ts';
import { secretGroupsQuery, secretsQuery } from '../../api/configuration-queries.ts';
import { useMay } from '../../api/rights.ts';
import { useWrite } from '../../api/use-write.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Section } from '../../parts/section.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { removeSecretGroup, turnSecretGroup, withTurned } from '../../words/actions/value-actions.ts';
import { SecretForm } from './secret-form.tsx';
import { SecretTable } from './secret-table.tsx';
import { type Attached, setSecret } from './set-secret.ts';
import styles from './variables.module.css';

interface SecretsProps {
  readonly environment: { readonly id: string; readonly path: string };
  readonly attached?: Attached;
  /** Of a group that is made because there is none. */
  readonly newGroup: string;
}

/** Write-only: what is told of a secret is its name, version and fingerprint. */
export function Secrets(props: SecretsProps) {
  const groups = useQuery(secretGroupsQuery(props.environment.id));
  return (
    <Section title="Secrets">
      <Loaded
        asked={groups}
        problem="The secrets could not be read"
        skeleton={<SkeletonRows rows={3} what="secrets" />}
      >
        {(all) => <Groups {...props} groups={all} />}
      </Loaded>
    </Section>
  );
}

function Groups({ environment, attached, newGroup, groups }: SecretsProps & { readonly groups: SecretGroup[] }) {
  const mayWrite = useMay(environment.path.split('/')[0] ?? '', 'write');
  const secrets = useQueries({ queries: groups.map(({ id }) => secretsQuery(id)) });
  const versionOf = (slug: string, name: string) =>
    secrets[groups.findIndex((group) => group.slug === slug)]?.data?.find((one) => one.name === name)?.version ?? 0;
  return (
    <>
      {groups.length === 0 ? (
        <p className={styles.soft}>None yet. A secret is set once, and never shown again.</p>
      ) : null}
      {groups.map((group) => (
        <Group
          key={group.id}
          group={group}
          environmentPath={environment.path}
          attached={attached}
          mayWrite={mayWrite}
        />
      ))}
      {mayWrite ? (
        <SecretForm
          groups={groups.map(({ slug }) => slug)}
          newGroup={newGroup}
          versionOf={versionOf}
          set={(secret) =>
            setSecret(environment, groups, attached, secret).finally(
              () => void cache.invalidateQueries({ queryKey: ['secrets'] }),
            )
          }
          environmentPath={environment.path}
        />
      ) : null}
    </>
  );
}

interface GroupProps {
  readonly group: SecretGroup;
  readonly environmentPath: string;
  readonly attached: Attached | undefined;
  readonly mayWrite: boolean;
}

function Group({ group, environmentPath, attached, mayWrite }: GroupProps) {
  const secrets = useQuery(secretsQuery(group.id));
  return (
    <section className={styles.group} aria-label={`Secret group ${group.slug}`}>
      <GroupHeader group={group} environmentPath={environmentPath} attached={attached} mayWrite={mayWrite} />
      <Loaded
        asked={secrets}
        problem="The secrets could not be read"
        skeleton={<SkeletonRows rows={group.secrets} what="secrets" />}
      >
        {(all) =>
          all.length === 0 ? (
            <p className={styles.soft}>Empty</p>
          ) : (
            <SecretTable group={group} secrets={all} environmentPath={environmentPath} mayWrite={mayWrite} />
          )
        }
      </Loaded>
    </section>
  );
}

/** Its name, who gets it, and the way to change that; an empty one that nobody gets can go. */
function GroupHeader({ group, environmentPath, attached, mayWrite }: GroupProps) {
  const { slug } = group;
  const slugs = attached?.slugs ?? [];
  const isAttached = slugs.includes(slug);
  const turn = useWrite({
    as: turnSecretGroup(attached?.service ?? '', slugs, slug),
    mutationFn: () => attached?.change(withTurned(slugs, slug)) ?? Promise.resolve(),
  });
  const remove = useWrite({
    as: removeSecretGroup(environmentPath, slug),
    mutationFn: () => client.deleteSecretGroup({ params: { secretGroup: group.id } }),
  });
  const mayRemove = mayWrite && group.secrets === 0 && group.services.length === 0;
  return (
    <>
      <header className={styles.groupHeader}>
        <h3>{slug}</h3>
        <span className={styles.soft}>{attached ? (isAttached ? 'attached' : 'not attached') : usedBy(group)}</span>
        {mayRemove ? (
          <Button look="quiet" busy={remove.isPending} onClick={() => remove.mutate()} title={`Remove group ${slug}`}>
            Remove group
          </Button>
        ) : null}
        {mayWrite && attached ? (
          <Button look="quiet" busy={turn.isPending} onClick={() => turn.mutate()}>
            {isAttached ? 'Detach' : 'Attach'}
          </Button>
        ) : null}
      </header>
      {turn.error || remove.error ? <Problem error={turn.error ?? remove.error} what="It was not changed" /> : null}
      {mayRemove ? <AsCommand what="Remove group" {...remove.as} /> : null}
      {mayWrite && attached ? <AsCommand what={isAttached ? 'Detach' : 'Attach'} {...turn.as} /> : null}
    </>
  );
}

const usedBy = ({ services }: SecretGroup): string =>
  services.length === 0
    ? 'attached to no service'
    : `attached to ${services.map((path) => path.split('/')[2]).join(', ')}`;
