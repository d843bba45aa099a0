import type { Secret, SecretGroup } from '@sconce/contract';
import { useState } from 'react';
import { client } from '../../api/client.ts';
import { useWrite } from '../../api/use-write.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { ConfirmByName } from '../../parts/confirm-by-name.tsx';
import { RowsTable } from '../../parts/rows-table.tsx';
import { Ago } from '../../parts/time.tsx';
import { removeSecret } from '../../words/actions/value-actions.ts';

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
  return (
    <>
      <RowsTable columns={columns}>
        {secrets.map((secret) => (
          <SecretRow key={secret.name} secret={secret} onRemove={mayWrite ? () => setAsked(secret.name) : null} />
        ))}
      </RowsTable>
      {asked === null ? null : (
        <RemoveDialog group={group} environmentPath={environmentPath} name={asked} onClose={() => setAsked(null)} />
      )}
    </>
  );
}

const columns = [
  { name: 'Name' },
  { name: 'Version' },
  { name: 'Fingerprint', spare: true },
  { name: 'Set', end: true },
];

interface RemoveProps extends Pick<SecretTableProps, 'group' | 'environmentPath'> {
  readonly name: string;
  readonly onClose: () => void;
}

function RemoveDialog({ group, environmentPath, name, onClose }: RemoveProps) {
  const remove = useWrite({
    as: removeSecret({ environment: environmentPath, group: group.slug, name }),
    mutationFn: () => client.deleteSecret({ params: { secretGroup: group.id, name } }),
    onSuccess: onClose,
  });
  return (
    <ConfirmByName
      title={`Remove ${name}`}
      name={name}
      does="Remove"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <p>Its value cannot be read back. Releases that were made with it keep it; the next ones do without.</p>
      <AsCommand {...remove.as} />
    </ConfirmByName>
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
      <td data-mono data-soft data-spare>
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
