import type { AuditEvent } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { cache } from '../../api/cache.ts';
import { type AuditFilter, auditQuery } from '../../api/history-queries.ts';
import { projectsQuery } from '../../api/queries.ts';
import { auditRecorded, useHeard } from '../../live/heard.ts';

/** More than so many are not held for somebody who looks elsewhere: they are read anew. */
const mostHeld = 200;

/** Rows since the list was read. They announce themselves, and come into the list when they are asked for: nothing jumps. */
export function useNewerAudit(filter: AuditFilter, shown: readonly AuditEvent[] | undefined) {
  const { data: projects } = useQuery(projectsQuery);
  // Rows name projects by id, addresses by slug.
  const project = projects?.find(({ slug }) => slug === filter.project)?.id;
  const key = JSON.stringify(filter);
  const [heard, setHeard] = useState<{ readonly key: string; readonly rows: readonly AuditEvent[] }>({ key, rows: [] });
  const held = heard.key === key ? heard.rows : [];
  useHeard((events) => {
    const rows = events.flatMap(({ type, data }) => (type === auditRecorded ? [data as AuditEvent] : []));
    const matching = rows.filter(
      (row) => passes(row, filter) && (filter.project === undefined || row.project === project),
    );
    if (matching.length > 0) setHeard({ key, rows: [...held, ...matching].slice(-mostHeld) });
  });
  const newer = shown === undefined ? [] : newerThan(shown, held);
  const show = () => {
    setHeard({ key, rows: [] });
    const { queryKey } = auditQuery(filter);
    if (newer.length >= mostHeld) return void cache.resetQueries({ queryKey, exact: true });
    cache.setQueryData(queryKey, (list) => {
      const [first, ...others] = list?.pages ?? [];
      if (!list || !first) return list;
      return { ...list, pages: [{ ...first, data: [...newer.toReversed(), ...first.data] }, ...others] };
    });
  };
  return { count: newer.length, isMore: newer.length >= mostHeld, show };
}

/** The stream begins where the newest event stood when the page was opened: rows from then on that the list has, or has behind its end, are no news. */
function newerThan(shown: readonly AuditEvent[], held: readonly AuditEvent[]): readonly AuditEvent[] {
  const known = new Set(shown.map(({ id }) => id));
  const oldest = shown.at(-1)?.at ?? '';
  return held.filter(({ id, at }) => !known.has(id) && at >= oldest);
}

function passes({ action, user }: AuditEvent, filter: AuditFilter): boolean {
  return (
    (filter.action === undefined || action === filter.action) && (filter.user === undefined || user === filter.user)
  );
}
