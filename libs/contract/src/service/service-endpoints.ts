import { deployment } from '../release/release.ts';
import { reading, removing, writing } from '../shape/endpoint.ts';
import { deletedPlace, flag, listOfItems, pageQuery, reference, slug } from '../shape/field.ts';
import { filePlan, filePlanCreate } from './file-plan.ts';
import * as nouns from './service.ts';

export const serviceEndpoints = {
  listAllServices: reading({
    path: '/v1/services',
    summary: 'Services of every project you can see',
    permission: 'known',
    query: {
      ...pageQuery,
      project: reference('a project').optional(),
      environment: reference('an environment').optional(),
      repository: reference('a repository').optional(),
    },
    reply: listOfItems(nouns.service),
  }),
  listServices: reading({
    path: '/v1/environments/{environment}/services',
    summary: 'Services of an environment',
    permission: 'read',
    query: { ...pageQuery, slug: slug.optional() },
    reply: listOfItems(nouns.service),
  }),
  createService: writing('POST', {
    path: '/v1/environments/{environment}/services',
    summary: 'Make a service',
    permission: 'write',
    body: nouns.serviceCreate,
    reply: nouns.service,
  }),
  getService: reading({
    path: '/v1/services/{service}',
    summary: 'What is live, since when, and why anything waits',
    permission: 'read',
    reply: nouns.service,
  }),
  putService: writing('PUT', {
    path: '/v1/services/{service}',
    summary: 'Make or replace the service of these slugs',
    permission: 'write',
    body: nouns.servicePut,
    reply: nouns.service,
  }),
  updateService: writing('PATCH', {
    path: '/v1/services/{service}',
    summary: 'Change a service; its next release takes it up',
    permission: 'write',
    query: {
      deploy: flag
        .optional()
        .describe(
          'Make that release at once, if there was one; where it is refused or could never run, nothing is changed.',
        ),
    },
    body: nouns.serviceUpdate,
    reply: nouns.service
      .extend({
        deployment: deployment
          .nullable()
          .optional()
          .describe('With `?deploy=true`: what it began; null where nothing was deployed yet.'),
      })
      .meta({ id: 'ChangedService' }),
  }),
  deleteService: removing({
    path: '/v1/services/{service}',
    summary: 'Stop and remove a service; its volumes stay with the environment',
    permission: 'write',
    reply: deletedPlace,
  }),
  listReplicas: reading({
    path: '/v1/services/{service}/replicas',
    summary: 'Running instances, and why one is not ready',
    permission: 'read',
    query: pageQuery,
    reply: listOfItems(nouns.replica),
  }),
  createFilePlan: writing('POST', {
    path: '/v1/environments/{environment}/file-plans',
    summary: 'What a sconce.yaml would change here once its commit is deployed; nothing is changed',
    permission: 'write',
    body: filePlanCreate,
    reply: filePlan,
    status: 200,
  }),
};
