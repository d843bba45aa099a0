import { type Action, flagged, sconce } from './action.ts';

/** Of the newest commit of the default branch. */
export const createBuild = (service: string, noCache: boolean): Action => ({
  cli: sconce('builds', 'create', '--service', service, ...flagged('--no-cache', noCache)),
  api: { name: 'createBuild', params: { service }, body: noCache ? { noCache } : {} },
});

/** Of the same commit. */
export const buildAgain = (
  service: string,
  build: { readonly id: string; readonly commit: { readonly sha: string } },
  noCache: boolean,
): Action => ({
  cli: sconce('builds', 'rebuild', build.id, '--service', service, ...flagged('--no-cache', noCache)),
  api: {
    name: 'createBuild',
    params: { service },
    body: { commit: build.commit.sha, ...(noCache ? { noCache } : {}) },
  },
});

export const cancelBuild = (build: string): Action => ({
  cli: sconce('cancel', build),
  api: { name: 'updateBuild', params: { build }, body: { cancelled: true } },
});

export const deployAgain = (service: string): Action => ({
  cli: sconce('releases', 'create', '--service', service),
  api: { name: 'createRelease', params: { service }, body: {} },
});

/** To one of its releases: `r11`. */
export const rollBack = (service: string, release: string): Action => ({
  cli: sconce('rollback', release, '--service', service),
  api: { name: 'createRollback', params: { service }, body: { release } },
});

export const setAutoDeploy = (service: string, autoDeploy: boolean): Action => ({
  cli: sconce(autoDeploy ? 'unpin' : 'pin', '--service', service),
  api: { name: 'updateService', params: { service }, body: { autoDeploy } },
});
