import type { Action } from './action.ts';

/** Calls that a team keeps for the playground: the command line has no use for them. */
export const keepExample = (service: string, name: string, body: object): Action => ({
  cli: null,
  api: { name: 'putCallExample', params: { service, name }, body },
});

export const forgetExample = (service: string, name: string): Action => ({
  cli: null,
  api: { name: 'deleteCallExample', params: { service, name } },
});
