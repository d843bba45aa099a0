import type { Service } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { nodePoolsQuery } from '../../api/project-queries.ts';
import { environmentsQuery } from '../../api/queries.ts';
import { type GpuOffer, gpuOffers, gpuWords } from '../../words/gpu-words.ts';
import { gpuForm } from '../../words/setting-text.ts';
import styles from './service-settings.module.css';

interface GpuChoiceProps {
  readonly id: string;
  readonly disabled: boolean;
  readonly service: Service;
  /** As gpuForm writes it. */
  readonly value: string;
  readonly onChoose: (value: string) => void;
}

const any = { product: null, count: 1, memoryMiB: null };

/** What the cluster has, what is asked for now, and any GPU at all, for clusters that will have one. */
export function GpuChoice({ service, value, onChoose, ...select }: GpuChoiceProps) {
  const environments = useQuery(environmentsQuery(service.project.slug)).data ?? [];
  const cluster = environments.find(({ id }) => id === service.environment.id)?.cluster ?? 'local';
  const pools = useQuery(nodePoolsQuery(cluster)).data ?? [];
  const offers = new Map(gpuOffers(pools).map((offer) => [gpuForm.format(offer.request), wordsOf(offer)]));
  if (!offers.has(gpuForm.format(any))) offers.set(gpuForm.format(any), 'Any GPU × 1');
  if (value !== 'none' && !offers.has(value)) offers.set(value, gpuWords(JSON.parse(value) as GpuOffer['request']));
  return (
    <select {...select} className={styles.input} value={value} onChange={(event) => onChoose(event.target.value)}>
      <option value="none">None</option>
      {[...offers].map(([key, words]) => (
        <option key={key} value={key}>
          {words}
        </option>
      ))}
    </select>
  );
}

const wordsOf = ({ request, free, total }: GpuOffer): string => `${gpuWords(request)}, ${free} of ${total} free`;
