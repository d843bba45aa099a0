import type { Service } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { changeService, whatPeopleSet } from '../../api/change-service.ts';
import { client } from '../../api/client.ts';
import { serviceVariablesQuery } from '../../api/configuration-queries.ts';
import { useTitle } from '../../app/use-title.ts';
import { OfService } from '../service/of-service.tsx';
import { Secrets } from './secrets.tsx';
import { ValuesShown } from './values-shown.tsx';

/** What a service's releases are given: its own variables above those of its environment and file, and groups of secrets. */
export function ServiceVariablesPage({ path }: { readonly path: string }) {
  useTitle(`Variables of ${path}`);
  return (
    <OfService path={path} what="variables" rows={6}>
      {(service) => <Shown service={service} />}
    </OfService>
  );
}

function Shown({ service }: { readonly service: Service }) {
  const variables = useQuery(serviceVariablesQuery(service.id));
  const params = { service: service.id };
  const environmentPath = service.path.split('/').slice(0, 2).join('/');
  return (
    <ValuesShown
      owner={{
        kind: 'service',
        id: service.id,
        path: service.path,
        send: (body, deploy, ifMatch) =>
          client.updateServiceVariables({ params, body, query: { deploy }, ...(ifMatch ? { ifMatch } : {}) }),
      }}
      name={service.slug}
      variables={variables}
    >
      <Secrets
        environment={{ id: service.environment.id, path: environmentPath }}
        newGroup={service.slug}
        attached={{
          service: service.path,
          slugs: service.secretGroups,
          // Somebody who attached another group meanwhile is not overruled.
          change: (slugs) => changeService(service, whatPeopleSet(service), { secretGroups: [...slugs] }),
        }}
      />
    </ValuesShown>
  );
}
