import type { Service } from '@sconce/contract';
import { useTitle } from '../../app/use-title.ts';
import { AfterPaint } from '../../parts/after-paint.tsx';
import { buttonLook } from '../../parts/button.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Addresses } from './addresses.tsx';
import { DeployMenu } from './deploy-menu.tsx';
import { FirstPush } from './first-push.tsx';
import { LastFailure } from './last-failure.tsx';
import { LogTail } from './log-tail.tsx';
import { ServiceMetrics } from './metrics/service-metrics.tsx';
import { NewestReleases } from './newest-releases.tsx';
import { OfService } from './of-service.tsx';
import { Replicas } from './replicas.tsx';
import { RollBackButton } from './roll-back.tsx';
import styles from './service-page.module.css';
import { Standing } from './standing.tsx';
import { TryIt } from './try-it.tsx';
import { UnderWay } from './under-way.tsx';

/** A service: is it well, what is happening, what to do next. */
export function ServicePage({ path }: { readonly path: string }) {
  useTitle(path);
  return (
    <OfService path={path} what="the service" rows={8}>
      {(service) => <ServiceShown service={service} />}
    </OfService>
  );
}

function ServiceShown({ service }: { readonly service: Service }) {
  const isEmpty = service.state === 'empty' && service.build === null;
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <h1>{service.slug}</h1>
        <div className={styles.actions}>
          {service.live ? <RollBackButton service={service} /> : null}
          {isEmpty ? null : <DeployMenu service={service} />}
          {service.live ? (
            <a className={buttonLook()} href={service.urls.path} target="_blank" rel="noreferrer">
              Open <Icon name="out" />
            </a>
          ) : null}
        </div>
      </header>
      {isEmpty ? (
        <FirstPush service={service} />
      ) : (
        <>
          <div className={styles.now}>
            <Standing service={service} />
            <UnderWay service={service} />
            <LastFailure service={service} />
          </div>
          <AfterPaint>
            {service.live ? <ServiceMetrics service={service} /> : null}
            <div className={styles.columns}>
              <Replicas service={service} />
              <NewestReleases service={service} />
            </div>
            <TryIt service={service} />
            <LogTail service={service} />
            <Addresses service={service} />
          </AfterPaint>
        </>
      )}
    </div>
  );
}
