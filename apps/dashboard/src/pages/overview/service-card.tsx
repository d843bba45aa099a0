import { type Service, stateOfService } from '@sconce/contract';
import { Link } from 'wouter';
import { servicePath } from '../../app/paths.ts';
import { Commit } from '../../parts/commit.tsx';
import { StateMark } from '../../parts/state-mark.tsx';
import { Ago } from '../../parts/time.tsx';
import { HappeningNow } from './happening-now.tsx';
import styles from './service-card.module.css';
import { Traffic } from './traffic.tsx';

interface ServiceCardProps {
  readonly service: Service;
  /** One below the heading it stands under. */
  readonly heading: 'h2' | 'h3';
}

/** A service among others: is it well, what is live, what is happening now. */
export function ServiceCard({ service, heading: Heading }: ServiceCardProps) {
  const { live, replicas } = service;
  return (
    <li className={styles.card}>
      <div className={styles.head}>
        <Heading className={styles.name}>
          <Link href={servicePath(service.path)} className={styles.link} data-row>
            {service.slug}
          </Link>
        </Heading>
        <StateMark state={stateOfService(service)} />
      </div>
      {live ? (
        <>
          <p className={styles.line}>
            <span className={styles.release}>{live.release.name}</span>
            <Commit commit={live.commit} />
          </p>
          <p className={styles.facts}>
            <span>
              live since <Ago at={live.since} />
            </span>
            <span>{replicaWords(replicas)}</span>
          </p>
          <Traffic service={service.id} />
        </>
      ) : (
        <p className={styles.facts}>Nothing is live yet</p>
      )}
      <div className={styles.now}>
        <HappeningNow service={service} />
      </div>
    </li>
  );
}

/** `2 of 2 replicas`, or that it sleeps. */
export function replicaWords({ ready, wanted }: Service['replicas']): string {
  if (wanted === 0) return 'asleep until the next request';
  return `${ready} of ${wanted} ${wanted === 1 ? 'replica' : 'replicas'}`;
}
