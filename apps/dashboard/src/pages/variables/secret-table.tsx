import type { Secret, SecretGroup } from '@sconce/contract';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { client } from '../../api/client.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { ConfirmByName } from '../../parts/confirm-by-name.tsx';
import table from '../../parts/table.module.css';
import { Ago } from '../../parts/time.tsx';
import styles from './variables.module.css';

interface SecretTableProps {
  readonly group: SecretGroup;
  readonly secrets: readonly Secret[];
  /** For commands. */
  readonly environmentPath: string;
  readonly mayWrite: boolean;
}

/** All that is ever told of secrets. */
export function SecretTable({ group, secrets, environmentPath, mayWrite }: SecretTableProps) {
  const [asked, setAsked] = useState<string | null>(null);
  const remove = useMutation({
    mutationFn: (name: string) => client.deleteSecret({ params: { secretGroup: group.id, name } }),
    onSuccess: () => setAsked(null),
  });
  return (
    <div className={table.scroll}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Version</th>
            <th scope="col" className={styles.spare}>
              Fingerprint
            </th>
            <th scope="col" data-end>
              Set
            </th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {secrets.map((secret) => (
            <SecretRow key={secret.name} secret={secret} onRemove={mayWrite ? () => setAsked(secret.name) : null} />
          ))}
        </tbody>
      </table>
      {asked === null ? null : (
        <ConfirmByName
          title={`Remove ${asked}`}
          name={asked}
          does="Remove"
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate(asked)}
          onClose={() => setAsked(null)}
        >
          <p>Its value cannot be read back. Releases that were made with it keep it; the next ones do without.</p>
          <AsCommand
            cli={`sconce secrets unset ${asked} --group ${group.slug} --environment ${environmentPath}`}
            api={{ name: 'deleteSecret', params: { secretGroup: `${environmentPath}/${group.slug}`, name: asked } }}
          />
        </ConfirmByName>
      )}
    </div>
  );
}

function SecretRow({ secret, onRemove }: { readonly secret: Secret; readonly onRemove: (() => void) | null }) {
  const { name, version, fingerprint, updatedAt } = secret;
  return (
    <tr>
      <td data-mono data-wide>
        {name}
      </td>
      <td data-mono>{version}</td>
      <td data-mono data-soft className={styles.spare}>
        {fingerprint}
      </td>
      <td data-end data-soft>
        <Ago at={updatedAt} />
      </td>
      <td data-end>
        {onRemove ? (
          <Button look="quiet" onClick={onRemove} title={`Remove ${name}`}>
            Remove
          </Button>
        ) : null}
      </td>
    </tr>
  );
}
