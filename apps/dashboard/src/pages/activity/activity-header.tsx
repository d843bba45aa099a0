import { Link, useLocation } from 'wouter';
import { useAdministers, useMay } from '../../api/rights.ts';
import { activityPath, auditPath, projectPagePath } from '../../app/paths.ts';
import styles from './activity.module.css';

interface ActivityHeaderProps {
  /** Null: of all projects. */
  readonly project: string | null;
  readonly withAudit: boolean;
  readonly title: string;
}

/** Two views of one history: what happened, and every request that changed or tried to. The second is for administrators. */
export function ActivityHeader({ project, withAudit, title }: ActivityHeaderProps) {
  const [pathname] = useLocation();
  const administersAll = useAdministers();
  const administers = useMay(project, 'admin');
  const mayAudit = withAudit && (project === null ? administersAll : administers);
  const views = [
    { name: 'What happened', to: project === null ? activityPath : projectPagePath(project, 'activity') },
    { name: 'Audit', to: project === null ? auditPath : projectPagePath(project, 'audit') },
  ];
  return (
    <header className={styles.header}>
      <h1>{title}</h1>
      {mayAudit ? (
        <nav className={styles.views} aria-label="Views of what happened">
          {views.map(({ name, to }) => (
            <Link key={to} href={to} className={styles.view} aria-current={pathname === to ? 'page' : undefined}>
              {name}
            </Link>
          ))}
        </nav>
      ) : null}
    </header>
  );
}
