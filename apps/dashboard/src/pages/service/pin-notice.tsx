import type { Service } from '@sconce/contract';
import { client } from '../../api/client.ts';
import { useMay } from '../../api/rights.ts';
import { useWrite } from '../../api/use-write.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button } from '../../parts/button.tsx';
import { Problem } from '../../parts/problem.tsx';
import { StateShape } from '../../parts/state-mark.tsx';
import { Ago } from '../../parts/time.tsx';
import { setAutoDeploy } from '../../words/actions/release-actions.ts';
import styles from './pin-notice.module.css';

/** Pushes do not deploy: since when, and the way out of it. */
export function PinNotice({ service }: { readonly service: Service }) {
  const may = useMay(service.project.slug, 'write');
  const unpin = useWrite({
    as: setAutoDeploy(service.path, true),
    mutationFn: () => client.updateService({ params: { service: service.id }, body: { autoDeploy: true } }),
  });
  if (!service.pinned) return null;
  return (
    <div className={styles.notice}>
      <StateShape state="paused" />
      <p>
        Pinned <Ago at={service.pinned.since} />: pushes are built and do not deploy.
      </p>
      {may ? (
        <>
          <Button onClick={() => unpin.mutate()} busy={unpin.isPending}>
            Let pushes deploy
          </Button>
          <AsCommand {...unpin.as} />
        </>
      ) : null}
      {unpin.error ? <Problem error={unpin.error} what="It could not be unpinned" /> : null}
    </div>
  );
}
