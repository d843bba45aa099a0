import type { Service } from '@sconce/contract';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { client } from '../../api/client.ts';
import { useMay } from '../../api/rights.ts';
import { useWrite } from '../../api/use-write.ts';
import { buildPath } from '../../app/paths.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Button, buttonLook } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Icon } from '../../parts/icon.tsx';
import { MenuButton, MenuLine } from '../../parts/menu.tsx';
import { Popover } from '../../parts/popover.tsx';
import { Problem } from '../../parts/problem.tsx';
import { createBuild, deployAgain, setAutoDeploy } from '../../words/actions/release-actions.ts';
import styles from './dialogs.module.css';

type Asked = 'build' | 'build without cache' | 'again' | 'pin';

/** Everything that changes what runs, but going back, which has a button of its own. */
export function DeployMenu({ service }: { readonly service: Service }) {
  const may = useMay(service.project.slug, 'deploy');
  const mayWrite = useMay(service.project.slug, 'write');
  const [asked, setAsked] = useState<Asked | null>(null);
  if (!may) return null;
  const branch = service.repository ? 'the newest commit' : null;
  return (
    <>
      <Popover
        className={buttonLook()}
        align="end"
        buttonProps={{ 'data-actions': '' }}
        button={
          <>
            Deploy <Icon name="down" />
          </>
        }
      >
        {(close) => {
          const ask = (what: Asked) => () => {
            close();
            setAsked(what);
          };
          return (
            <>
              {branch ? (
                <>
                  <MenuButton
                    icon="branch"
                    about={`Of ${service.repository?.slug}’s default branch`}
                    onClick={ask('build')}
                  >
                    Build and deploy {branch}
                  </MenuButton>
                  <MenuButton icon="branch" about="Every step anew" onClick={ask('build without cache')}>
                    Build without cache
                  </MenuButton>
                </>
              ) : null}
              {service.live ? (
                <MenuButton icon="back" about="With the settings, variables and secrets of now" onClick={ask('again')}>
                  Deploy {service.live.release.name}’s image again
                </MenuButton>
              ) : null}
              {service.live && !service.pinned && mayWrite ? (
                <>
                  <MenuLine />
                  <MenuButton icon="pin" about="Pushes are built and do not deploy" onClick={ask('pin')}>
                    Pin {service.live.release.name}
                  </MenuButton>
                </>
              ) : null}
            </>
          );
        }}
      </Popover>
      {asked === 'build' || asked === 'build without cache' ? (
        <BuildDialog service={service} noCache={asked === 'build without cache'} onClose={() => setAsked(null)} />
      ) : null}
      {asked === 'again' ? <AgainDialog service={service} onClose={() => setAsked(null)} /> : null}
      {asked === 'pin' ? <PinDialog service={service} onClose={() => setAsked(null)} /> : null}
    </>
  );
}

interface AskedProps {
  readonly service: Service;
  readonly onClose: () => void;
}

function BuildDialog({ service, noCache, onClose }: AskedProps & { readonly noCache: boolean }) {
  const [, navigate] = useLocation();
  const params = { service: service.id };
  const body = noCache ? { noCache } : {};
  const build = useWrite({
    as: createBuild(service.path, noCache),
    mutationFn: () => client.createBuild({ params, body }),
    onSuccess: ({ id }) => navigate(buildPath(service.path, id)),
  });
  return (
    <Dialog title={noCache ? 'Build without cache' : 'Build and deploy the newest commit'} onClose={onClose}>
      <p>
        {service.pinned
          ? `It is built and not deployed: ${service.slug} is pinned.`
          : 'It is built, started beside what runs, and takes over once it answers. If it never does, what runs stays.'}
      </p>
      {build.error ? <Problem error={build.error} what="The build could not begin" /> : null}
      <footer className={styles.footer}>
        <AsCommand {...build.as} />
        <Button onClick={onClose}>Leave it</Button>
        <Button look="primary" busy={build.isPending} onClick={() => build.mutate()} autoFocus>
          Build
        </Button>
      </footer>
    </Dialog>
  );
}

function AgainDialog({ service, onClose }: AskedProps) {
  const params = { service: service.id };
  const again = useWrite({
    as: deployAgain(service.path),
    mutationFn: () => client.createRelease({ params, body: {} }),
    onSuccess: onClose,
  });
  return (
    <Dialog title={`Deploy ${service.live?.release.name}’s image again`} onClose={onClose}>
      <p>A new release with the same image and the settings, variables and secrets of now. Nothing is built.</p>
      {again.error ? <Problem error={again.error} what="It could not be deployed" /> : null}
      <footer className={styles.footer}>
        <AsCommand {...again.as} />
        <Button onClick={onClose}>Leave it</Button>
        <Button look="primary" busy={again.isPending} onClick={() => again.mutate()} autoFocus>
          Deploy
        </Button>
      </footer>
    </Dialog>
  );
}

function PinDialog({ service, onClose }: AskedProps) {
  const pin = useWrite({
    as: setAutoDeploy(service.path, false),
    mutationFn: () => client.updateService({ params: { service: service.id }, body: { autoDeploy: false } }),
    onSuccess: onClose,
  });
  return (
    <Dialog title={`Pin ${service.live?.release.name}`} onClose={onClose}>
      <p>
        Pushes are still built, and deploy nothing until you let them again. Deploying by hand and rolling back work as
        before.
      </p>
      {pin.error ? <Problem error={pin.error} what="It could not be pinned" /> : null}
      <footer className={styles.footer}>
        <AsCommand {...pin.as} />
        <Button onClick={onClose}>Leave it</Button>
        <Button look="primary" busy={pin.isPending} onClick={() => pin.mutate()} autoFocus>
          Pin
        </Button>
      </footer>
    </Dialog>
  );
}
