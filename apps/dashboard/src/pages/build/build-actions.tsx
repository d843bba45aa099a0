import type { Build, Service } from '@sconce/contract';
import { useLocation } from 'wouter';
import { client } from '../../api/client.ts';
import { useMay } from '../../api/rights.ts';
import { useWrite } from '../../api/use-write.ts';
import { buildPath } from '../../app/paths.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button, buttonLook } from '../../parts/button.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Popover } from '../../parts/popover.tsx';
import { Problem } from '../../parts/problem.tsx';
import { buildAgain, cancelBuild } from '../../words/actions/release-actions.ts';
import { shortSha } from '../../words/plain-text.ts';
import styles from './build-actions.module.css';

/** A build under way can be cancelled, one that is over built again. Neither loses anything, so neither asks twice. */
export function BuildActions({ service, build }: { readonly service: Service; readonly build: Build }) {
  const [, navigate] = useLocation();
  const may = useMay(service.project.slug, 'deploy');
  const cancel = useWrite({
    as: cancelBuild(build.id),
    mutationFn: () => client.updateBuild({ params: { build: build.id }, body: { cancelled: true } }),
  });
  const again = useWrite({
    as: buildAgain(service.path, build, true),
    mutationFn: (noCache: boolean) =>
      client.createBuild({
        params: { service: service.id },
        body: { commit: build.commit.sha, ...(noCache ? { noCache } : {}) },
      }),
    onSuccess: ({ id }) => navigate(buildPath(service.path, id)),
  });
  if (!may) return null;
  const isUnderWay = build.phase === 'queued' || build.phase === 'running';
  return (
    <div className={styles.actions}>
      {isUnderWay ? (
        <Button look="danger" busy={cancel.isPending || build.cancelled} onClick={() => cancel.mutate()}>
          {build.cancelled ? 'Being cancelled' : 'Cancel'}
        </Button>
      ) : (
        <>
          <Button busy={again.isPending} onClick={() => again.mutate(false)}>
            Build {shortSha(build.commit.sha)} again
          </Button>
          <Button
            busy={again.isPending}
            onClick={() => again.mutate(true)}
            title="Every step anew, and no earlier image taken over"
          >
            Without cache
          </Button>
        </>
      )}
      <Popover
        className={buttonLook()}
        align="end"
        name="More"
        button={<Icon name="more" />}
        buttonProps={{ 'data-actions': '' }}
      >
        <div className={styles.command}>{isUnderWay ? <AsCommand {...cancel.as} /> : <AsCommand {...again.as} />}</div>
      </Popover>
      {cancel.error ? <Problem error={cancel.error} what="It was not cancelled" /> : null}
      {again.error ? <Problem error={again.error} what="The build could not begin" /> : null}
    </div>
  );
}
