import { endpoints } from '@sconce/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useSearchParams } from 'wouter';
import { type AuditFilter, auditQuery } from '../../api/history-queries.ts';
import { useTitle } from '../../app/use-title.ts';
import { AsCommand } from '../../parts/as-command.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { NewerRows } from '../../parts/newer-rows.tsx';
import { OlderRows } from '../../parts/older-rows.tsx';
import { Select } from '../../parts/select.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { listAudit } from '../../words/actions/read-actions.ts';
import { camelWords } from '../../words/camel-words.ts';
import { plainLine } from '../../words/plain-text.ts';
import styles from './activity.module.css';
import { ActivityHeader } from './activity-header.tsx';
import { AuditTable } from './audit-table.tsx';
import { useNewerAudit } from './use-newer-audit.ts';

/** Every request that changed something or tried to: who, from where, and what came of it. For administrators. */
export function AuditPage({ project }: { readonly project: string | null }) {
  useTitle(project === null ? 'Audit' : `Audit of ${project}`);
  const [search, setSearch] = useSearchParams();
  const action = search.get('action');
  const user = search.get('user');
  const filter: AuditFilter = {
    ...(project === null ? {} : { project }),
    ...(action ? { action } : {}),
    ...(user ? { user } : {}),
  };
  const asked = useInfiniteQuery(auditQuery(filter));
  const rows = asked.data?.pages.flatMap(({ data }) => data);
  const newer = useNewerAudit(filter, rows);
  const people = new Map((rows ?? []).flatMap((row) => (row.user === null ? [] : [[row.user, row.userName]])));
  if (user && !people.has(user)) people.set(user, null);
  const set = (name: 'action' | 'user') => (value: string) => {
    const next = { action, user, [name]: value };
    setSearch(Object.fromEntries(Object.entries(next).filter(([, given]) => given)) as Record<string, string>, {
      replace: true,
    });
  };
  return (
    <div className={styles.page}>
      <ActivityHeader project={project} withAudit title="Audit" />
      <search className={styles.filters}>
        <Select label="Did" value={action ?? ''} onChoose={set('action')} data-filter="">
          <option value="">Anything</option>
          {actions.map((name) => (
            <option key={name} value={name}>
              {camelWords(name)}
            </option>
          ))}
        </Select>
        <Select label="Who" value={user ?? ''} onChoose={set('user')}>
          <option value="">Everybody</option>
          {[...people].map(([id, name]) => (
            <option key={id} value={id}>
              {plainLine(name ?? id, 60)}
            </option>
          ))}
        </Select>
      </search>
      <NewerRows count={newer.count} isMore={newer.isMore} onShow={newer.show} />
      <Loaded
        asked={{ ...asked, data: rows }}
        problem="The audit log could not be read"
        skeleton={<SkeletonRows rows={12} what="the audit log" />}
      >
        {(all) => (
          <>
            {all.length === 0 ? (
              <p className={styles.soft}>
                {action || user ? 'Nobody did anything like this.' : 'Nobody changed anything here yet.'}
              </p>
            ) : (
              <AuditTable rows={all} />
            )}
            <OlderRows asked={asked} />
          </>
        )}
      </Loaded>
      <AsCommand {...listAudit(filter)} />
    </div>
  );
}

/** Reads are not audited. */
const actions = Object.entries(endpoints)
  .filter(([, { method }]) => method !== 'GET')
  .map(([name]) => name)
  .sort();
