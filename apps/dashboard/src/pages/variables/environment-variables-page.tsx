import type { Environment } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { client } from '../../api/client.ts';
import { environmentVariablesQuery } from '../../api/configuration-queries.ts';
import { environmentsQuery } from '../../api/queries.ts';
import { useTitle } from '../../app/use-title.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { MissingPage } from '../missing/missing-page.tsx';
import { Secrets } from './secrets.tsx';
import { ValuesShown } from './values-shown.tsx';

/** What all services of an environment are given. */
export function EnvironmentVariablesPage({ path }: { readonly path: string }) {
  const [project = '', slug = ''] = path.split('/');
  useTitle(`Variables of ${path}`);
  const environments = useQuery(environmentsQuery(project));
  const environment = environments.data?.find((one) => one.slug === slug);
  if (environments.data && !environment) return <MissingPage what="environment" />;
  const asked = { ...environments, data: environment };
  return (
    <Loaded
      asked={asked}
      problem="The environment could not be read"
      skeleton={<SkeletonRows rows={6} what="variables" />}
    >
      {(shown) => <Shown environment={shown} />}
    </Loaded>
  );
}

function Shown({ environment }: { readonly environment: Environment }) {
  const variables = useQuery(environmentVariablesQuery(environment.id));
  const params = { environment: environment.id };
  return (
    <ValuesShown
      owner={{
        kind: 'environment',
        id: environment.id,
        path: environment.path,
        send: (body, deploy, ifMatch) =>
          client.updateEnvironmentVariables({ params, body, query: { deploy }, ...(ifMatch ? { ifMatch } : {}) }),
      }}
      name={environment.slug}
      variables={variables}
    >
      <Secrets environment={{ id: environment.id, path: environment.path }} newGroup="shared" />
    </ValuesShown>
  );
}
