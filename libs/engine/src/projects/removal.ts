import { makeHost } from '@sconce/core';
import { readStandingThings, type Tx } from '@sconce/db';
import { Rejection } from '../rejection.ts';

/** What a deletion takes away for good, and what of it stays, by the names that people know it by. */
export interface Removal {
  readonly removes: {
    /** `project/environment/service` */
    readonly services: readonly string[];
    /** `project/environment/name` */
    readonly volumes: readonly string[];
    readonly hosts: readonly string[];
  };
  readonly keeps: { readonly volumes: readonly string[] };
}

/** Read it before anything is removed. The volumes of a service stay with its environment. */
export async function planRemoval(tx: Tx, place: Parameters<typeof readStandingThings>[1]): Promise<Removal> {
  const { services, volumes } = await readStandingThings(tx, place);
  const isService = 'serviceId' in place;
  return {
    removes: {
      services: services.map((each) => `${each.projectSlug}/${each.environmentSlug}/${each.serviceSlug}`),
      volumes: isService ? [] : volumes,
      hosts: services.map(makeHost).filter((host) => host !== null),
    },
    keeps: { volumes: isService ? volumes : [] },
  };
}

const namedAtMost = 5;

/** Data in volumes cannot be brought back: it goes only when the caller said so. */
export function refuseUnlessConfirmed({ removes: { volumes } }: Removal, confirmed: boolean): void {
  if (confirmed || volumes.length === 0) return;
  const named = volumes.slice(0, namedAtMost).join(', ');
  const more = volumes.length > namedAtMost ? ` and ${volumes.length - namedAtMost} more` : '';
  const message = `The data in ${volumes.length === 1 ? 'the volume' : 'the volumes'} ${named}${more} would be lost`;
  throw new Rejection('conflict', message, {
    errors: [{ path: 'volumes', code: 'confirmation_missing', message: 'Has to be `delete`' }],
    hint: 'Add `?volumes=delete` to delete them too; `?dryRun=true` lists all that would go.',
  });
}
