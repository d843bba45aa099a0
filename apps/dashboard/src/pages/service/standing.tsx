import { type Service, stateOfService } from '@sconce/contract';
import { Commit } from '../../parts/commit.tsx';
import { StateMark } from '../../parts/state-mark.tsx';
import { Clock } from '../../parts/time.tsx';
import { mebibytes } from '../../words/bytes.ts';
import { gpuWords } from '../../words/gpu-words.ts';
import { GpuPicker } from '../hardware/gpu-picker.tsx';
import { replicaWords } from '../overview/service-card.tsx';
import { PinNotice } from './pin-notice.tsx';
import styles from './standing.module.css';

/** The state in one sentence: what is live since when, from which commit, on how much. Heard when it changes. */
export function Standing({ service }: { readonly service: Service }) {
  const { live, replicas } = service;
  return (
    <div className={styles.standing}>
      <p className={styles.sentence} role="status">
        <StateMark state={stateOfService(service)} />
        {live ? (
          <>
            <span>
              <strong>{live.release.name}</strong> since <Clock at={live.since} />
            </span>
            <Commit commit={live.commit} />
          </>
        ) : (
          <span>Nothing is live yet</span>
        )}
      </p>
      <div className={styles.facts}>
        {live ? <span>{replicaWords(replicas)}</span> : null}
        <span>{resourceWords({ ...service.effectiveSettings.resources, gpu: null })}</span>
        <GpuPicker service={service} />
      </div>
      <PinNotice service={service} />
    </div>
  );
}

/** `H100 × 1, 2 CPU, 2.0 GiB each`; what is not limited is not said. */
export function resourceWords({ gpu, memoryMiB, cpuMilli }: Service['effectiveSettings']['resources']): string {
  const parts = [
    gpu ? gpuWords(gpu) : null,
    cpuMilli ? `${cpuMilli / 1_000} CPU` : null,
    memoryMiB ? mebibytes(memoryMiB) : null,
  ].filter((part) => part !== null);
  return parts.length === 0 ? '' : `${parts.join(', ')} each`;
}
