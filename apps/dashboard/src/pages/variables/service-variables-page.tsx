import type { Service } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { changeService, whatPeopleSet } from '../../api/change-service.ts';
import { client } from '../../api/client.ts';
import { serviceVariablesQuery } from '../../api/configuration-queries.ts';
import { isMissing } from '../../api/is-missing.ts';
import { serviceQuery } from '../../api/queries.ts';
import { useTitle } from '../../app/use-title.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { MissingPage } from '../missing/missing-page.tsx';
import { Secrets } from './secrets.tsx';
import styles from './variables.module.css';
import { Variables } from './variables.tsx';

/** What a service's releases are given: its own variables above those of its environment and file, and groups of secrets. */
export function ServiceVariablesPage({ path }: { readonly path: string }) {
  useTitle(`Variables of ${path}`);
  const service = useQuery(serviceQuery(path));
  if (isMissing(service.error)) return <MissingPage what="service" />;
  return (
    <Loaded
      asked={service}
      problem="The service could not be read"
      skeleton={<SkeletonRows rows={6} what="variables" />}
    >
      {(shown) => <Shown service={shown} />}
    </Loaded>
  );
}

function Shown({ service }: { readonly service: Service }) {
  const variables = useQuery(serviceVariablesQuery(service.id));
  const params = { service: service.id };
  const environmentPath = service.path.split('/').slice(0, 2).join('/');
  return (
    <div className={styles.page}>
      <h1 className="visually-hidden">Variables and secrets of {service.slug}</h1>
      <Loaded
        asked={variables}
        problem="The variables could not be read"
        skeleton={<SkeletonRows rows={6} what="variables" />}
      >
        {({ data, etag }) => (
          <Variables
            owner={{
              kind: 'service',
              id: service.id,
              path: service.path,
              send: (body, deploy, ifMatch) =>
                client.updateServiceVariables({ params, body, query: { deploy }, ...(ifMatch ? { ifMatch } : {}) }),
            }}
            standing={data}
            etag={etag}
          />
        )}
      </Loaded>
      <Secrets
        environment={{ id: service.environment.id, path: environmentPath }}
        newGroup={service.slug}
        attached={{
          slugs: service.secretGroups,
          // Somebody who attached another group meanwhile is not overruled.
          change: (slugs) => changeService(service, whatPeopleSet(service), { secretGroups: [...slugs] }),
        }}
      />
    </div>
  );
}
