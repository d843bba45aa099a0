import { useQuery } from '@tanstack/react-query';
import { isMissing } from '../../api/is-missing.ts';
import { serviceQuery } from '../../api/queries.ts';
import { useTitle } from '../../app/use-title.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { MissingPage } from '../missing/missing-page.tsx';
import { Playground } from './playground.tsx';
import styles from './playground-page.module.css';

/** The playground with all the room there is. */
export function PlaygroundPage({ path }: { readonly path: string }) {
  useTitle(`Playground of ${path}`);
  const service = useQuery(serviceQuery(path));
  if (isMissing(service.error)) return <MissingPage what="service" />;
  return (
    <div className={styles.page}>
      <h1>Playground</h1>
      <Loaded
        asked={service}
        problem="The service could not be read"
        skeleton={<SkeletonRows rows={6} what="the playground" />}
      >
        {(shown) => <Playground service={shown} />}
      </Loaded>
    </div>
  );
}
