import { type Service, stateOfService } from '@sconce/contract';
import { Link } from 'wouter';
import { servicePath } from '../../app/paths.ts';
import { Commit } from '../../parts/commit.tsx';
import { StateMark } from '../../parts/state-mark.tsx';
import { Ago } from '../../parts/time.tsx';
import { HappeningNow } from './happening-now.tsx';
import styles from './service-row.module.css';
import { Traffic } from './traffic.tsx';

/** One service in a line: its state, what is live, what is happening. The whole line leads to it. */
export function ServiceRow({ service }: { readonly service: Service }) {
  const { live } = service;
  return (
    <li className={styles.row}>
      <span className={styles.state}>
        <StateMark state={stateOfService(service)} />
      </span>
      <span className={styles.name}>
        <Link href={servicePath(service.path)} data-row className={styles.link}>
          <span className={styles.environment}>{service.environment.slug}/</span>
          {service.slug}
        </Link>
      </span>
      <span className={styles.live}>
        {live ? (
          <>
            <span className={styles.release}>{live.release.name}</span>
            <Commit commit={live.commit} author={false} />
            <span className={styles.since}>
              <Ago at={live.since} />
            </span>
          </>
        ) : null}
      </span>
      <span className={styles.traffic}>{live ? <Traffic service={service.id} /> : null}</span>
      <span className={styles.now}>
        <HappeningNow service={service} />
      </span>
    </li>
  );
}
