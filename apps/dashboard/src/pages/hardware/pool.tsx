import type { NodePool } from '@sconce/contract';
import { Link } from 'wouter';
import { servicePath } from '../../app/paths.ts';
import table from '../../parts/table.module.css';
import { mebibytes } from '../../words/bytes.ts';
import { plural } from '../../words/duration.ts';
import { plainLine } from '../../words/plain-text.ts';
import { shortName } from '../service/replicas.tsx';
import styles from './node-pools.module.css';
import { PoolUse } from './pool-use.tsx';

/** Like nodes: how large, how full, and who holds their GPUs. */
export function Pool({ pool }: { readonly pool: NodePool }) {
  const { name, nodes, leaving, cpuMilli, memoryMiB, diskMiB, diskFreeMiB, gpus, gpuHolders } = pool;
  return (
    <section className={styles.pool} aria-label={`Node pool ${name}`}>
      <h3>{plainLine(name, 80)}</h3>
      <dl className={styles.sizes}>
        <Size name="Nodes" value={leaving > 0 ? `${nodes}, ${leaving} leaving` : String(nodes)} />
        <Size name="CPU" value={`${cpuMilli / 1_000}`} />
        <Size name="Memory" value={mebibytes(memoryMiB)} />
        {diskMiB !== null ? (
          <div>
            <dt>Disk, images and volumes</dt>
            <dd>
              {mebibytes(diskFreeMiB ?? 0)} of {mebibytes(diskMiB)} free
            </dd>
            <dd>
              <meter
                min={0}
                max={diskMiB}
                low={diskMiB * 0.05}
                value={diskFreeMiB ?? 0}
                aria-label={`Free disk of ${name}`}
              />
            </dd>
          </div>
        ) : (
          <Size name="Disk" value="cannot be seen from here" />
        )}
      </dl>
      {gpus.length === 0 ? (
        <p className={styles.soft}>No GPU</p>
      ) : (
        <div className={styles.columns}>
          <GpuTable gpus={gpus} />
          <Holders pool={pool} holders={gpuHolders} />
        </div>
      )}
      <PoolUse pool={pool} />
    </section>
  );
}

function Size({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function GpuTable({ gpus }: { readonly gpus: NodePool['gpus'] }) {
  return (
    <div className={table.scroll}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">GPU</th>
            <th scope="col" data-end>
              Memory
            </th>
            <th scope="col" data-end>
              Free
            </th>
            <th scope="col" data-end>
              All
            </th>
          </tr>
        </thead>
        <tbody>
          {gpus.map(({ product, memoryMiB, total, free }) => (
            <tr key={`${product} ${memoryMiB}`}>
              <td data-wide title={plainLine(product, 120)}>
                {plainLine(product, 120)}
              </td>
              <td data-end data-mono>
                {memoryMiB === null ? '' : mebibytes(memoryMiB)}
              </td>
              <td data-end data-mono>
                {free}
              </td>
              <td data-end data-mono>
                {total}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HoldersProps {
  readonly pool: NodePool;
  readonly holders: NodePool['gpuHolders'];
}

/** Those of projects that this person may not see are counted, not named. */
function Holders({ pool, holders }: HoldersProps) {
  const taken = pool.gpus.reduce((sum, { total, free }) => sum + total - free, 0);
  const hidden = taken - holders.reduce((sum, { gpus }) => sum + gpus, 0);
  if (taken === 0) return <p className={styles.soft}>Nobody holds one: all are free.</p>;
  return (
    <div className={table.scroll}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Held by</th>
            <th scope="col">Replica</th>
            <th scope="col" data-end>
              GPUs
            </th>
          </tr>
        </thead>
        <tbody>
          {holders.map(({ service, replica, gpus }) => (
            <tr key={replica}>
              <td data-wide>
                <Link href={servicePath(service.path)} data-row>
                  {service.path}
                </Link>
              </td>
              <td data-mono title={replica}>
                {shortName(replica)}
              </td>
              <td data-end data-mono>
                {gpus}
              </td>
            </tr>
          ))}
          {hidden > 0 ? (
            <tr>
              <td colSpan={3} data-soft>
                {plural(hidden, 'more is', 'more are')} held by what you may not see
              </td>
            </tr>
          ) : null}
        </tbody>
      </table>
    </div>
  );
}
