import { ApiProblem, type Endpoints, type InputOf, type Service } from '@sconce/contract';
import { client } from './client.ts';

export type ServiceChange = InputOf<Endpoints['updateService']>['body'];

/** What people set of a service, as one text to compare. Its version moves with each release too, which overtakes nobody's change. */
export const whatPeopleSet = (service: Service): string =>
  JSON.stringify([
    service.name,
    service.repository?.id ?? null,
    service.settings,
    service.buildSettings,
    service.secretGroups,
  ]);

const tries = 5;

/**
 * Changes a service, if what people set of it is what was seen when the change was begun (`seen`, of whatPeopleSet). Throws `ApiProblem`
 * precondition_failed when somebody else was quicker.
 */
export async function changeService(
  service: Service,
  seen: string,
  body: ServiceChange,
  query: { readonly deploy?: boolean } = {},
): Promise<Service> {
  const params = { service: service.id };
  let now = service;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await client.updateService({ params, body, query, ifMatch: `"${now.version}"` });
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.code !== 'precondition_failed' || attempt === tries) throw error;
      now = await client.getService({ params });
      if (whatPeopleSet(now) !== seen) throw error;
    }
  }
}
