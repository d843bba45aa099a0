import { z } from 'zod';
import { beginning, reading, removing } from '../shape/endpoint.ts';
import { commitSha, flag, listOfItems, pageQuery, reference, wait } from '../shape/field.ts';
import * as nouns from './release.ts';

export const releaseEndpoints = {
  listReleases: reading({
    path: '/v1/services/{service}/releases',
    summary: 'Releases of a service',
    permission: 'read',
    query: { ...pageQuery, commit: commitSha.optional(), wasLive: flag.optional() },
    reply: listOfItems(nouns.release),
  }),
  createRelease: beginning('POST', {
    path: '/v1/services/{service}/releases',
    summary: 'Deploy a build, an image or a commit; with {} the current image with the current settings',
    permission: 'deploy',
    body: nouns.releaseCreate,
    reply: nouns.deployment,
    longWork: 'deployment',
  }),
  getRelease: reading({
    path: '/v1/releases/{release}',
    summary: 'One release, compared with another when asked',
    permission: 'read',
    query: { compare: reference('another release of the same service (`r11` will do)').optional() },
    reply: nouns.release,
  }),
  createRollback: beginning('POST', {
    path: '/v1/services/{service}/rollbacks',
    summary: 'Go back to an earlier release, and pin it',
    permission: 'deploy',
    body: nouns.rollbackCreate,
    reply: nouns.rollout,
    longWork: 'rollout',
  }),
  listRollouts: reading({
    path: '/v1/services/{service}/rollouts',
    summary: 'Rollouts of a service',
    permission: 'read',
    query: { ...pageQuery, active: z.literal('true').optional() },
    reply: listOfItems(nouns.rollout),
  }),
  getRollout: reading({
    path: '/v1/rollouts/{rollout}',
    summary: 'One rollout',
    permission: 'read',
    query: { wait: wait.optional() },
    reply: nouns.rollout,
  }),
  updateRollout: beginning('PATCH', {
    path: '/v1/rollouts/{rollout}',
    summary: 'Pause or resume a rollout',
    permission: 'deploy',
    body: nouns.rolloutUpdate,
    reply: nouns.rollout,
    longWork: 'rollout',
  }),
  abortRollout: removing({
    path: '/v1/rollouts/{rollout}',
    summary: 'Take a rollout back',
    permission: 'deploy',
    reply: nouns.rollout,
  }),
};
