import { type Replica, type Service, wordOfReplica } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { replicasQuery } from '../../api/queries.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { Section } from '../../parts/section.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { StateMark } from '../../parts/state-mark.tsx';
import table from '../../parts/table.module.css';
import { Ago } from '../../parts/time.tsx';
import { mebibytes } from '../../words/bytes.ts';
import { cores, figure, percent } from '../../words/figures.ts';
import { plainLine } from '../../words/plain-text.ts';
import styles from './replicas.module.css';

export function Replicas({ service }: { readonly service: Service }) {
  const replicas = useQuery(replicasQuery(service.id));
  return (
    <Section title="Replicas">
      <Loaded
        asked={replicas}
        problem="The replicas could not be read"
        skeleton={<SkeletonRows rows={2} what="replicas" />}
      >
        {(all) => (all.length === 0 ? <p className={styles.none}>None runs</p> : <ReplicaTable replicas={all} />)}
      </Loaded>
    </Section>
  );
}

function ReplicaTable({ replicas }: { readonly replicas: readonly Replica[] }) {
  const hasGpu = replicas.some(({ gpus }) => gpus.length > 0);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable from the keyboard.
    <section className={table.scroll} tabIndex={0} aria-label="Replicas, one in a row">
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col">Release</th>
            <th scope="col">Name</th>
            <th scope="col">Node</th>
            {hasGpu ? <th scope="col">GPU</th> : null}
            {['In flight', 'Processor', 'Memory', ...(hasGpu ? ['GPU use'] : [])].map((name) => (
              <th key={name} scope="col" data-end>
                {name}
              </th>
            ))}
            <th scope="col">Started</th>
            <th scope="col" data-end>
              Restarts
            </th>
          </tr>
        </thead>
        <tbody>
          {replicas.map((replica) => (
            <ReplicaRow key={replica.id} replica={replica} hasGpu={hasGpu} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function ReplicaRow({ replica, hasGpu }: { readonly replica: Replica; readonly hasGpu: boolean }) {
  const { health, release, name, node, gpus, startedAt, createdAt, restarts, message } = replica;
  const used = usageOf(replica, hasGpu);
  return (
    <>
      <tr>
        <td>
          <StateMark {...wordOfReplica(replica)} />
        </td>
        <td data-mono>{release.name}</td>
        <td data-mono title={name}>
          {shortName(name)}
        </td>
        <td>{plainLine(node, 40)}</td>
        {hasGpu ? <td>{gpus.map((gpu) => plainLine(gpu, 24)).join(', ')}</td> : null}
        {used.map(([name, text]) => (
          <td key={name} data-end data-mono>
            {text}
          </td>
        ))}
        <td>
          <Ago at={startedAt ?? createdAt} />
        </td>
        <td data-end>{restarts}</td>
      </tr>
      {message ? (
        <tr>
          <td
            colSpan={6 + used.length + (hasGpu ? 1 : 0)}
            className={styles.message}
            data-well={health === 'ready' || undefined}
          >
            {plainLine(message)}
          </td>
        </tr>
      ) : null}
    </>
  );
}

/** What it uses now; a dash for what was not measured. */
function usageOf({ usage }: Replica, hasGpu: boolean): readonly (readonly [string, string])[] {
  const or = (value: number | null | undefined, words: (value: number) => string) =>
    value == null ? '-' : words(value);
  const all = [
    ['in flight', or(usage?.inFlight, figure)],
    ['processor', or(usage?.cpuMilli, cores)],
    ['memory', or(usage?.memoryMiB, mebibytes)],
    // One column: with two, the last one of the table stood beyond the edge of a common window.
    ['gpu use', `${or(usage?.gpuPercent, percent)}, ${or(usage?.gpuMemoryMiB, mebibytes)}`],
  ] as const;
  return hasGpu ? all : all.slice(0, 3);
}

/** `r12-7x2` of `sconce-vision-production-resnet50-r12-7x2`: the rest is said by the page. */
export function shortName(name: string): string {
  return /r\d+-\w+$/.exec(name)?.[0] ?? name;
}
