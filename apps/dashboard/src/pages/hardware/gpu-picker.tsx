import type { Service } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { changeService, whatPeopleSet } from '../../api/change-service.ts';
import { nodePoolsQuery } from '../../api/project-queries.ts';
import { environmentsQuery } from '../../api/queries.ts';
import { useMay } from '../../api/rights.ts';
import { useWrite } from '../../api/use-write.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { MenuButton, MenuHeading, MenuLine } from '../../parts/menu.tsx';
import { Popover } from '../../parts/popover.tsx';
import { Problem } from '../../parts/problem.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { changeSettings } from '../../words/actions/service-actions.ts';
import { mebibytes } from '../../words/bytes.ts';
import { type GpuOffer, gpuOffers, gpuWords } from '../../words/gpu-words.ts';
import { plainLine } from '../../words/plain-text.ts';
import styles from './gpu-picker.module.css';

type Gpu = GpuOffer['request'] | 'none';

const anyGpu = { product: null, count: 1, memoryMiB: null };

/** What a replica runs on, and two presses to change it: the second one deploys. */
export function GpuPicker({ service }: { readonly service: Service }) {
  const may = useMay(service.project.slug, 'write');
  const { gpu } = service.effectiveSettings.resources;
  const words = gpu ? gpuWords(gpu) : 'no GPU';
  if (!may) return <span>{words}</span>;
  return (
    <Popover
      className={styles.opener}
      name={`GPU: ${words}`}
      button={
        <>
          {words} <Icon name="down" />
        </>
      }
    >
      {(close) => <Choices service={service} onDone={close} />}
    </Popover>
  );
}

function Choices({ service, onDone }: { readonly service: Service; readonly onDone: () => void }) {
  const environments = useQuery(environmentsQuery(service.project.slug));
  const cluster = environments.data?.find(({ id }) => id === service.environment.id)?.cluster ?? 'local';
  const pools = useQuery({ ...nodePoolsQuery(cluster), enabled: environments.data !== undefined });
  // As it was when this opened: nobody's other choice is overruled unseen.
  const [seen] = useState(() => whatPeopleSet(service));
  const choose = useWrite({
    as: changeSettings({
      service: service.path,
      values: [['settings.resources.gpu', anyGpu]],
      body: { settings: { resources: { gpu: anyGpu } } },
      deploy: true,
    }),
    mutationFn: (gpu: Gpu) => changeService(service, seen, { settings: { resources: { gpu } } }, { deploy: true }),
    onSuccess: onDone,
  });
  return (
    <div className={styles.panel} aria-busy={choose.isPending}>
      <MenuHeading>GPU of each replica. Choosing one deploys with it.</MenuHeading>
      <Loaded
        asked={pools}
        problem="The node pools could not be read"
        skeleton={<SkeletonRows rows={2} what="what there is" />}
      >
        {(all) => <Offers service={service} cluster={cluster} offers={gpuOffers(all)} onChoose={choose.mutate} />}
      </Loaded>
      {choose.error ? <Problem error={choose.error} what="Nothing was changed" /> : null}
      <MenuLine />
      <div className={styles.command}>
        <AsCommand {...choose.as} />
      </div>
    </div>
  );
}

interface OffersProps {
  readonly service: Service;
  readonly cluster: string;
  readonly offers: readonly GpuOffer[];
  readonly onChoose: (gpu: Gpu) => void;
}

function Offers({ service, cluster, offers, onChoose }: OffersProps) {
  const now = service.effectiveSettings.resources.gpu;
  const isNow = (gpu: GpuOffer['request'] | null) => gpuKey(gpu) === gpuKey(now);
  return (
    <>
      <MenuButton icon={isNow(null) ? 'check' : undefined} about="Runs on the CPU" onClick={() => onChoose('none')}>
        No GPU
      </MenuButton>
      {offers.map(({ request, product, memoryMiB, free, total }) => (
        <MenuButton
          key={gpuKey(request)}
          icon={isNow(request) ? 'check' : undefined}
          about={[plainLine(product, 60), memoryMiB === null ? null : mebibytes(memoryMiB), `${free} of ${total} free`]
            .filter((part) => part !== null)
            .join(' · ')}
          onClick={() => onChoose(request)}
        >
          {gpuWords(request)}
        </MenuButton>
      ))}
      {offers.length === 0 ? (
        <MenuButton about={`The cluster ${cluster} shows none now`} onClick={() => onChoose(anyGpu)}>
          Any GPU
        </MenuButton>
      ) : null}
    </>
  );
}

const gpuKey = (gpu: GpuOffer['request'] | null): string =>
  gpu === null ? 'none' : `${gpu.product} ${gpu.count} ${gpu.memoryMiB}`;
