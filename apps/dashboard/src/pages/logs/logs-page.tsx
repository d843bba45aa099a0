import type { Service } from '@sconce/contract';
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { useSearchParams } from 'wouter';
import { useTitle } from '../../app/use-title.ts';
import { Finder } from '../../log/finder.tsx';
import { Line } from '../../log/lines.tsx';
import { LogState } from '../../log/log-state.tsx';
import { LogView, type LogViewHandle } from '../../log/log-view.tsx';
import { saveLines } from '../../log/save-lines.ts';
import { useLineInHash } from '../../log/use-line-in-hash.ts';
import { type LogFilter, useLog } from '../../log/use-log.ts';
import { Button } from '../../parts/button.tsx';
import { Icon } from '../../parts/icon.tsx';
import { OfService } from '../service/of-service.tsx';
import { LogFilters } from './log-filters.tsx';
import styles from './logs-page.module.css';

/** With so many lines it begins; those to come are added. */
const tail = 10_000;

/** What a service says, as it says it. The filter is in the address, so that what is seen can be sent to somebody. */
export function LogsPage({ path }: { readonly path: string }) {
  useTitle(`Logs of ${path}`);
  return (
    <OfService path={path} what="the log" rows={12}>
      {(service) => <Logs service={service} />}
    </OfService>
  );
}

const filterNames = ['text', 'level', 'replica', 'release'] as const;

function Logs({ service }: { readonly service: Service }) {
  const [search, setSearch] = useSearchParams();
  const filter = useMemo(
    () =>
      Object.fromEntries(
        filterNames.flatMap((name) => (search.get(name) ? [[name, search.get(name)]] : [])),
      ) as LogFilter,
    [search],
  );
  const log = useLog({ of: 'service', id: service.id, tail, filter });
  const [following, setFollowing] = useState(true);
  const [typed, setTyped] = useState('');
  const found = useDeferredValue(typed.trim());
  const target = useLineInHash();
  const view = useRef<LogViewHandle>(null);
  const { lines, state } = log;
  const hits = useHits(lines, found, log.version());
  const at = target === null ? -1 : lines.findIndex(({ line }) => line === target);
  const isThere = at >= 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the line is there; more lines after it change nothing.
  useEffect(() => {
    if (!isThere) return;
    setFollowing(false);
    view.current?.show(at);
  }, [isThere, target]);
  const show = (index: number) => {
    setFollowing(false);
    view.current?.show(index);
  };
  return (
    <div className={styles.page}>
      <h1 className="visually-hidden">Logs</h1>
      <div className={styles.bar}>
        <LogFilters
          service={service}
          filter={filter}
          onChange={(next) => {
            setSearch(next as Record<string, string>, { replace: true });
            setFollowing(true);
          }}
        />
        <div className={styles.tools}>
          <Finder typed={typed} hits={hits} onType={setTyped} onShow={show} />
          <Button look="quiet" onClick={() => setFollowing(!following)}>
            <Icon name={following ? 'pause' : 'play'} /> {following ? 'Pause' : 'Follow'}
          </Button>
          <Button look="quiet" onClick={() => saveLines(`${service.path.replaceAll('/', '-')}.log`, lines)}>
            Download
          </Button>
        </div>
      </div>
      <div className={styles.box}>
        {lines.length === 0 ? (
          <p className={styles.none}>{state === 'connecting' ? '' : wordsOfNothing(filter)}</p>
        ) : (
          <LogView
            ref={view}
            rows={lines}
            label={`Log of ${service.slug}`}
            following={following}
            onFollow={setFollowing}
          >
            {(line) => (
              <Line line={line} found={found || filter.text} linked isTarget={line.line === target} withSource />
            )}
          </LogView>
        )}
      </div>
      <LogState log={log} what="The log" following={following} onFollow={() => setFollowing(true)} />
    </div>
  );
}

const wordsOfNothing = (filter: LogFilter): string =>
  Object.keys(filter).length > 0
    ? 'None of the last lines is like this. Those to come will show here.'
    : 'It has said nothing yet. What it writes to standard output and standard error shows here.';

function useHits(lines: readonly { readonly text: string }[], found: string, version: number): readonly number[] {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the lines grow in place; the version says when.
  return useMemo(() => {
    if (found === '') return [];
    const wanted = found.toLowerCase();
    return lines.flatMap(({ text }, index) => (text.toLowerCase().includes(wanted) ? [index] : []));
  }, [lines, found, version]);
}
