import { Link } from 'wouter';
import { homePath } from '../../app/paths.ts';
import { useTitle } from '../../app/use-title.ts';
import { buttonLook } from '../../parts/button.tsx';
import styles from './missing-page.module.css';

/** What an address leads to that leads nowhere. The API does not tell what is missing from what one may not see, and neither do we. */
export function MissingPage({ what = 'page' }: { readonly what?: string }) {
  useTitle('Not found');
  return (
    <div className={styles.page}>
      <h1>There is no such {what}</h1>
      <p>It was removed or renamed, or you may not see it.</p>
      <p>
        <Link href={homePath} className={buttonLook()}>
          All projects
        </Link>
      </p>
    </div>
  );
}
