import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { projectsQuery } from '../../api/queries.ts';
import { plainLine } from '../../words/plain-text.ts';
import { homePath, type Place, projectPath } from '../paths.ts';
import { Logo } from './logo.tsx';
import styles from './rail.module.css';

/** The projects, as tiles: two letters of each, its name when pointed at. */
export function Rail({ place }: { readonly place: Place }) {
  const { data: projects = [] } = useQuery(projectsQuery);
  return (
    <nav className={styles.rail} aria-label="Projects">
      <Link href={homePath} className={styles.home} aria-label="All projects" title="All projects">
        <Logo />
      </Link>
      <ul className={styles.tiles}>
        {projects.map(({ id, slug, name }) => (
          <li key={id}>
            <Link
              href={projectPath(slug)}
              className={styles.tile}
              aria-current={slug === place.project ? 'true' : undefined}
              title={plainLine(name)}
            >
              <span aria-hidden="true">{initials(slug)}</span>
              <span className="visually-hidden">{plainLine(name)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** `vision` is `vi`, `speech-models` is `sm`. */
export function initials(slug: string): string {
  const [first = '', second] = slug.split('-').filter(Boolean);
  return second ? `${first.charAt(0)}${second.charAt(0)}` : first.slice(0, 2);
}
