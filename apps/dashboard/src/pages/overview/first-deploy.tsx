import { Suspense } from 'react';
import { Link } from 'wouter';
import { laterPage } from '../../app/load-page.ts';
import { deployPath } from '../../app/paths.ts';
import { useTitle } from '../../app/use-title.ts';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import styles from './first-deploy.module.css';
import { NewService } from './new-service.tsx';

/** Seen once, so it comes when it is needed. */
const Choices = laterPage(() => import('../deploy/choices.tsx'), 'Choices');

/** Nothing is here yet: how it begins. */
export function FirstDeploy() {
  useTitle('Deploy your first service');
  return (
    <div className={styles.page} data-wide>
      <div className={styles.words}>
        <h1>Deploy your first service</h1>
        <p>
          A repository with a Dockerfile is enough: it is built, started, and takes requests once it answers. Every push
          to <code>main</code> does the same, beside what runs.
        </p>
      </div>
      <Suspense fallback={<SkeletonRows rows={6} what="what there is to deploy" />}>
        <Choices />
      </Suspense>
    </div>
  );
}

/** A project or environment without a service. */
export function NoServiceYet({ project, environment }: { readonly project: string; readonly environment?: string }) {
  return (
    <section className={styles.page} aria-labelledby="no-service">
      <div className={styles.words}>
        <h2 id="no-service">No service yet</h2>
        <p>
          <Link href={deployPath({ project })}>Deploy a repository or an example</Link>: you see the plan first. Or name
          a service to get an address to push to. A service can also come with the push: name it in{' '}
          <code>sconce.yaml</code>.
        </p>
      </div>
      <NewService project={project} {...(environment ? { environment } : {})} />
    </section>
  );
}
