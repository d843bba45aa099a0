import { type Scope, scopeHolds } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { meQuery } from './queries.ts';

/** Whether this person may do what needs the scope in this project. The API decides; the page only does not offer what it would refuse. */
export function useMay(project: string | null, wanted: Scope): boolean {
  const { data: me } = useQuery(meQuery);
  const scope = me?.projects.find(({ slug }) => slug === project)?.scope;
  return scope !== undefined && scopeHolds([scope], wanted);
}

/** Whether this person looks after the whole installation. */
export function useAdministers(): boolean {
  const { data: me } = useQuery(meQuery);
  return me?.user?.isAdmin === true && scopeHolds(me.token.scopes, 'instance') && me.token.project === null;
}
