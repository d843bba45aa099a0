import type { LogLine, Service } from '@sconce/contract';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { releasesQuery, replicasQuery } from '../../api/queries.ts';
import type { LogFilter } from '../../log/use-log.ts';
import { shortName } from '../service/replicas.tsx';
import styles from './logs-page.module.css';

interface LogFiltersProps {
  readonly service: Service;
  readonly filter: LogFilter;
  readonly onChange: (filter: LogFilter) => void;
}

const logLevels: readonly NonNullable<LogLine['level']>[] = ['debug', 'info', 'warn', 'error'];

/** From one level on upwards. */
const levelsFrom = (level: string): string => logLevels.slice(logLevels.indexOf(level as 'info')).join(',');
const settleMs = 300;

/** Which lines: asked of the API, so that lines further back are found as well. */
export function LogFilters({ service, filter, onChange }: LogFiltersProps) {
  const replicas = useQuery(replicasQuery(service.id)).data ?? [];
  const releases = useInfiniteQuery(releasesQuery(service.id)).data?.pages.flatMap(({ data }) => data) ?? [];
  const [text, setText] = useState(filter.text ?? '');
  const set = (changes: { [K in keyof LogFilter]?: string | undefined }) => {
    const merged = { ...filter, ...changes };
    onChange(Object.fromEntries(Object.entries(merged).filter(([, value]) => value)));
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: a moment after the last key, whatever else is filtered by then.
  useEffect(() => {
    if (text.trim() === (filter.text ?? '')) return;
    const timer = setTimeout(() => set({ text: text.trim() || undefined }), settleMs);
    return () => clearTimeout(timer);
  }, [text]);
  const names = [...new Set([...replicas.map(({ name }) => name), ...(filter.replica ? [filter.replica] : [])])];
  return (
    <search className={styles.filters}>
      <input
        className={styles.field}
        aria-label="Only lines with this text"
        placeholder="Filter lines"
        value={text}
        maxLength={200}
        onChange={(event) => setText(event.target.value)}
      />
      <select
        className={styles.field}
        aria-label="Level"
        value={filter.level ?? ''}
        onChange={(event) => set({ level: event.target.value || undefined })}
      >
        <option value="">All levels</option>
        {['info', 'warn', 'error'].map((level) => (
          <option key={level} value={levelsFrom(level)}>
            {level === 'error' ? 'Errors' : level === 'warn' ? 'Warnings and errors' : 'Without debug'}
          </option>
        ))}
      </select>
      <select
        className={styles.field}
        aria-label="Release"
        value={filter.release ?? ''}
        onChange={(event) => set({ release: event.target.value || undefined })}
      >
        <option value="">All releases</option>
        {filter.release && !releases.some(({ name }) => name === filter.release) ? (
          <option>{filter.release}</option>
        ) : null}
        {releases.map(({ id, name }) => (
          <option key={id}>{name}</option>
        ))}
      </select>
      <select
        className={styles.field}
        aria-label="Replica"
        value={filter.replica ?? ''}
        onChange={(event) => set({ replica: event.target.value || undefined })}
      >
        <option value="">All replicas</option>
        {names.map((name) => (
          <option key={name} value={name}>
            {shortName(name)}
          </option>
        ))}
      </select>
    </search>
  );
}
