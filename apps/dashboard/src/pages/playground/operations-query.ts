import { queryOptions } from '@tanstack/react-query';
import { readOpenApi } from '../../api/call-service.ts';
import { readOperations } from '../../words/open-api.ts';

/** What a release says that it can do; asked once, since it does not change. One that says nothing can still be called. */
export const operationsQuery = (service: string, release: string) =>
  queryOptions({
    queryKey: ['operations', service, release],
    queryFn: async ({ signal }) => readOperations(await readOpenApi(service, signal)),
    staleTime: Number.POSITIVE_INFINITY,
    // It only reads; connections break, and a page without it asks more of a person.
    retry: 2,
  });
