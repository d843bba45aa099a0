import { useQuery } from '@tanstack/react-query';
import { isMissing } from '../../api/is-missing.ts';
import { environmentsQuery, servicesQuery } from '../../api/queries.ts';
import { useTitle } from '../../app/use-title.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { MissingPage } from '../missing/missing-page.tsx';
import { NoServiceYet } from './first-deploy.tsx';
import styles from './overview.module.css';
import { ServiceCards } from './service-cards.tsx';

/** What runs in one environment. */
export function EnvironmentPage({ path }: { readonly path: string }) {
  const [project = '', slug = ''] = path.split('/');
  useTitle(path);
  const environments = useQuery(environmentsQuery(project));
  const services = useQuery(servicesQuery);
  if (isMissing(environments.error) || (environments.data && !environments.data.some((one) => one.slug === slug)))
    return <MissingPage what="environment" />;
  return (
    <>
      <h1 className={styles.title}>{slug}</h1>
      <Loaded
        asked={services}
        problem="The services could not be read"
        skeleton={<SkeletonRows rows={6} what="services" />}
      >
        {(all) => {
          const here = all.filter((service) => service.path.startsWith(`${path}/`));
          return here.length === 0 ? (
            <NoServiceYet project={project} environment={slug} />
          ) : (
            <ServiceCards services={here} heading="h2" className={styles.cards} />
          );
        }}
      </Loaded>
    </>
  );
}
