import type { Token } from '@sconce/contract';
import { useState } from 'react';
import { cache } from '../../api/cache.ts';
import { client } from '../../api/client.ts';
import { useWrite } from '../../api/use-write.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { ConfirmByName } from '../../parts/confirm-by-name.tsx';
import { useNow } from '../../parts/now.ts';
import { RowsTable } from '../../parts/rows-table.tsx';
import { StateMark } from '../../parts/state-mark.tsx';
import { Ago, Clock } from '../../parts/time.tsx';
import { revokeToken } from '../../words/actions/token-actions.ts';
import { plainLine } from '../../words/plain-text.ts';
import styles from './tokens.module.css';

interface TokenTableProps {
  readonly tokens: readonly Token[];
  /** The one this page itself speaks with, where that is among them. */
  readonly ownId: string | null;
}

export function TokenTable({ tokens, ownId }: TokenTableProps) {
  const [asked, setAsked] = useState<Token | null>(null);
  return (
    <>
      <RowsTable columns={columns}>
        {tokens.map((token) => (
          <Row key={token.id} token={token} isOwn={token.id === ownId} onRevoke={() => setAsked(token)} />
        ))}
      </RowsTable>
      {asked ? <RevokeDialog token={asked} onClose={() => setAsked(null)} /> : null}
    </>
  );
}

const columns = [
  { name: 'Name' },
  { name: 'Kind', spare: true },
  { name: 'May' },
  { name: 'Where', spare: true },
  { name: 'Last used', spare: true },
  { name: 'Ends' },
];

interface RowProps {
  readonly token: Token;
  readonly isOwn: boolean;
  readonly onRevoke: () => void;
}

function Row({ token, isOwn, onRevoke }: RowProps) {
  const { name, kind, scopes, project, environment, lastUsedAt, expiresAt, revokedAt } = token;
  const now = useNow(60_000);
  const isOver = revokedAt !== null || (expiresAt !== null && Date.parse(expiresAt) <= now);
  const where = [project?.slug, environment?.slug].filter(Boolean).join('/');
  return (
    <tr>
      <td data-wide title={plainLine(name)}>
        {plainLine(name, 80)}
        {isOwn ? <span className={styles.soft}> (this page)</span> : null}
      </td>
      <td data-soft data-spare>
        {kind}
      </td>
      <td data-mono>{scopes.join(', ')}</td>
      <td data-mono data-soft data-spare>
        {where || 'everywhere'}
      </td>
      <td data-soft data-spare>
        {lastUsedAt ? <Ago at={lastUsedAt} /> : 'never'}
      </td>
      <td data-soft>
        {isOver ? (
          <StateMark state="paused" word={revokedAt ? 'revoked' : 'expired'} />
        ) : expiresAt ? (
          <Clock at={expiresAt} />
        ) : (
          'never'
        )}
      </td>
      <td data-end>
        {isOver ? null : (
          <Button look="quiet" onClick={onRevoke} title={`Revoke ${plainLine(name, 80)}`}>
            Revoke
          </Button>
        )}
      </td>
    </tr>
  );
}

function RevokeDialog({ token, onClose }: { readonly token: Token; readonly onClose: () => void }) {
  const { id } = token;
  const name = plainLine(token.name, 80);
  const revoke = useWrite({
    as: revokeToken(id),
    mutationFn: () => client.deleteToken({ params: { token: id } }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ['tokens'] });
      onClose();
    },
  });
  return (
    <ConfirmByName
      title={`Revoke ${name}`}
      name={name}
      does="Revoke"
      busy={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate()}
      onClose={onClose}
    >
      <p>The next request with it is refused, whatever uses it. A revoked token never works again.</p>
      <AsCommand {...revoke.as} />
    </ConfirmByName>
  );
}
