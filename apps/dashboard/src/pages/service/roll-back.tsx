import type { Rollout, Service } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { client } from '../../api/client.ts';
import { releaseQuery } from '../../api/queries.ts';
import { useMay } from '../../api/rights.ts';
import { useWrite } from '../../api/use-write.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Problem } from '../../parts/problem.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { rollBack as rollBackTo } from '../../words/actions/release-actions.ts';
import { commitLine } from '../../words/service-words.ts';
import styles from './dialogs.module.css';

interface RollBackProps {
  readonly service: Service;
  /** The release to go back to; without one, the one that was live before. */
  readonly release?: string;
  readonly look?: 'plain' | 'quiet';
}

/** Two presses: the first tells what will happen, the second does it. */
export function RollBackButton({ service, release, look = 'plain' }: RollBackProps) {
  const may = useMay(service.project.slug, 'deploy');
  const [isAsked, setAsked] = useState(false);
  if (!may) return null;
  return (
    <>
      <Button look={look} onClick={() => setAsked(true)}>
        Roll back{release ? ` to ${release}` : ''}
      </Button>
      {isAsked ? <RollBackDialog service={service} release={release} onClose={() => setAsked(false)} /> : null}
    </>
  );
}

interface DialogProps {
  readonly service: Service;
  readonly release: string | undefined;
  readonly onClose: () => void;
}

function RollBackDialog({ service, release, onClose }: DialogProps) {
  const params = { service: service.id };
  const body = release === undefined ? {} : { release };
  // What it would do is asked of the API, which would do it the same way.
  const would = useQuery({
    queryKey: ['would roll back', service.id, release ?? null],
    queryFn: ({ signal }) => client.createRollback({ params, body, query: { dryRun: true }, signal }),
    gcTime: 0,
    staleTime: 0,
  });
  const to = would.data?.release.name ?? release;
  const rollBack = useWrite({
    as: rollBackTo(service.path, to ?? 'r1'),
    mutationFn: (id: string) => client.createRollback({ params, body: { release: id } }),
    onSuccess: onClose,
  });
  return (
    <Dialog title={to ? `Roll back to ${to}` : 'Roll back'} onClose={onClose}>
      {would.error ? (
        <Problem error={would.error} what="It cannot be rolled back" />
      ) : would.data ? (
        <WhatHappens service={service} would={would.data} />
      ) : (
        <SkeletonRows rows={3} what="what would happen" />
      )}
      {rollBack.error ? <Problem error={rollBack.error} what="It was not rolled back" /> : null}
      <footer className={styles.footer}>
        {to ? <AsCommand {...rollBack.as} /> : null}
        <Button onClick={onClose}>Leave it</Button>
        <Button
          look="primary"
          busy={rollBack.isPending}
          disabled={!would.data}
          onClick={() => would.data && rollBack.mutate(would.data.release.id)}
        >
          Roll back
        </Button>
      </footer>
    </Dialog>
  );
}

function WhatHappens({ service, would }: { readonly service: Service; readonly would: Rollout }) {
  const from = service.live?.release ?? null;
  const target = useQuery(releaseQuery(service.id, would.release.id, from?.id ?? null));
  return (
    <ul className={styles.facts}>
      <li>
        <Icon name="back" />
        <span>
          {would.forecast
            ? `${would.release.name}: ${would.forecast.message} Nothing is built${would.forecast.verdict === 'side_by_side' ? ', and no request is lost' : ''}.`
            : `${would.release.name} starts beside ${from?.name ?? 'what runs'} and takes over once it answers. Nothing is built, and no request is lost.`}
        </span>
      </li>
      <li>
        <Icon name="branch" />
        <span>
          {target.data ? commitLine(target.data.commit) : ' '}
          {target.data?.compared ? `: ${target.data.compared.summary}, against ${from?.name}` : ''}
        </span>
      </li>
      <li>
        <Icon name="pin" />
        <span>Variables and secrets are as they were then. Pushes deploy nothing until you let them again.</span>
      </li>
    </ul>
  );
}
