import { reading, removing, writing } from '../shape/endpoint.ts';
import { deleted, flag, listOfItems, pageQuery } from '../shape/field.ts';
import * as nouns from './configuration.ts';

const deploy = {
  deploy: flag
    .optional()
    .describe(
      'Make a release with it at once, for each service it reaches that has one. Default: the next release takes it up.',
    ),
};

const variables = {
  listServiceVariables: reading({
    path: '/v1/services/{service}/variables',
    summary: 'Variables as the service’s next release gets them',
    permission: 'write',
    reply: nouns.variables,
  }),
  replaceServiceVariables: writing('PUT', {
    path: '/v1/services/{service}/variables',
    summary: 'Replace all variables of a service',
    permission: 'write',
    query: deploy,
    body: nouns.variablesPut,
    reply: nouns.variables,
  }),
  updateServiceVariables: writing('PATCH', {
    path: '/v1/services/{service}/variables',
    summary: 'Set some variables of a service; null removes',
    permission: 'write',
    query: deploy,
    body: nouns.variablesPatch,
    reply: nouns.variables,
  }),
  deleteServiceVariable: removing({
    path: '/v1/services/{service}/variables/{name}',
    summary: 'Remove one variable of a service',
    permission: 'write',
    query: deploy,
    reply: deleted,
  }),
  listEnvironmentVariables: reading({
    path: '/v1/environments/{environment}/variables',
    summary: 'Variables of all services of an environment',
    permission: 'write',
    reply: nouns.variables,
  }),
  replaceEnvironmentVariables: writing('PUT', {
    path: '/v1/environments/{environment}/variables',
    summary: 'Replace all variables of an environment',
    permission: 'write',
    query: deploy,
    body: nouns.variablesPut,
    reply: nouns.variables,
  }),
  updateEnvironmentVariables: writing('PATCH', {
    path: '/v1/environments/{environment}/variables',
    summary: 'Set some variables of an environment; null removes',
    permission: 'write',
    query: deploy,
    body: nouns.variablesPatch,
    reply: nouns.variables,
  }),
  deleteEnvironmentVariable: removing({
    path: '/v1/environments/{environment}/variables/{name}',
    summary: 'Remove one variable of an environment',
    permission: 'write',
    query: deploy,
    reply: deleted,
  }),
};

const secrets = {
  listSecretGroups: reading({
    path: '/v1/environments/{environment}/secret-groups',
    summary: 'Secret groups of an environment',
    permission: 'read',
    query: pageQuery,
    reply: listOfItems(nouns.secretGroup),
  }),
  createSecretGroup: writing('POST', {
    path: '/v1/environments/{environment}/secret-groups',
    summary: 'Make a secret group',
    permission: 'write',
    body: nouns.secretGroupCreate,
    reply: nouns.secretGroup,
  }),
  getSecretGroup: reading({
    path: '/v1/secret-groups/{secretGroup}',
    summary: 'One secret group',
    permission: 'read',
    reply: nouns.secretGroup,
  }),
  deleteSecretGroup: removing({
    path: '/v1/secret-groups/{secretGroup}',
    summary: 'Remove a secret group',
    permission: 'write',
    reply: deleted,
  }),
  listSecrets: reading({
    path: '/v1/secret-groups/{secretGroup}/secrets',
    summary: 'Names, versions and fingerprints; never values',
    permission: 'read',
    query: pageQuery,
    reply: listOfItems(nouns.secret),
  }),
  getSecret: reading({
    path: '/v1/secret-groups/{secretGroup}/secrets/{name}',
    summary: 'What may be told of one secret',
    permission: 'read',
    reply: nouns.secret,
  }),
  putSecret: writing('PUT', {
    path: '/v1/secret-groups/{secretGroup}/secrets/{name}',
    summary: 'Set a secret',
    permission: 'write',
    query: deploy,
    body: nouns.secretPut,
    reply: nouns.secret,
  }),
  deleteSecret: removing({
    path: '/v1/secret-groups/{secretGroup}/secrets/{name}',
    summary: 'Remove a secret',
    permission: 'write',
    query: deploy,
    reply: deleted,
  }),
};

export const configurationEndpoints = { ...variables, ...secrets };
