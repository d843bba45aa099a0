import type { AuditEvent } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { cache } from '../../api/cache.ts';
import { client } from '../../api/client.ts';
import { type AuditFilter, auditQuery } from '../../api/history-queries.ts';
import { useHeard } from '../../live/heard.ts';

const settleMs = 300;
const looked = 50;

/**
 * Rows since the list was read. The log has no stream of its own: whatever changes something is heard of by its event, and then the newest rows are
 * looked at. What was refused changes nothing and is in there the next time, or when somebody comes back to the page.
 */
export function useNewerAudit(filter: AuditFilter, shown: readonly AuditEvent[] | undefined) {
  const [round, setRound] = useState(0);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const lookSoon = () => {
    if (timer.current !== null) clearTimeout(timer.current);
    timer.current = setTimeout(() => setRound((before) => before + 1), settleMs);
  };
  useHeard(lookSoon);
  const latest = useRef(lookSoon);
  latest.current = lookSoon;
  useEffect(() => {
    const onVisible = () => document.visibilityState === 'visible' && latest.current();
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      document.removeEventListener('visibilitychange', onVisible);
      if (timer.current !== null) clearTimeout(timer.current);
    };
  }, []);
  const newest = useQuery({
    queryKey: ['newest audit', filter, round],
    queryFn: ({ signal }) => client.listAuditEvents({ query: { ...filter, limit: looked }, signal }),
    enabled: round > 0 && shown !== undefined,
    gcTime: 0,
  });
  const known = new Set(shown?.map(({ id }) => id));
  const count = newest.data?.data.filter(({ id }) => !known.has(id)).length ?? 0;
  const show = () => void cache.resetQueries({ queryKey: auditQuery(filter).queryKey, exact: true });
  return { count, isMore: count >= looked, show };
}
