import { z } from 'zod';
import { reading, removing, writing } from '../shape/endpoint.ts';
import { deleted, deletedPlace, listOfItems, pageQuery, reference, slug, volumesToo } from '../shape/field.ts';
import * as nouns from './project.ts';
import * as sources from './repository.ts';

const projects = {
  listProjects: reading({
    path: '/v1/projects',
    summary: 'Projects you can see',
    permission: 'known',
    query: { ...pageQuery, slug: slug.optional() },
    reply: listOfItems(nouns.project),
  }),
  createProject: writing('POST', {
    path: '/v1/projects',
    summary: 'Make a project',
    permission: 'known',
    body: nouns.projectCreate,
    reply: nouns.project,
  }),
  getProject: reading({
    path: '/v1/projects/{project}',
    summary: 'One project',
    permission: 'read',
    reply: nouns.project,
  }),
  putProject: writing('PUT', {
    path: '/v1/projects/{project}',
    summary: 'Make or replace the project of this slug',
    permission: 'known',
    body: nouns.projectPut,
    reply: nouns.project,
  }),
  updateProject: writing('PATCH', {
    path: '/v1/projects/{project}',
    summary: 'Change a project',
    permission: 'admin',
    body: nouns.projectUpdate,
    reply: nouns.project,
  }),
  deleteProject: removing({
    path: '/v1/projects/{project}',
    summary: 'Remove a project and all in it',
    query: volumesToo,
    permission: 'admin',
    reply: deletedPlace,
  }),
};

const environments = {
  listEnvironments: reading({
    path: '/v1/projects/{project}/environments',
    summary: 'Environments of a project',
    permission: 'read',
    query: { ...pageQuery, slug: slug.optional() },
    reply: listOfItems(nouns.environment),
  }),
  createEnvironment: writing('POST', {
    path: '/v1/projects/{project}/environments',
    summary: 'Make an environment',
    permission: 'write',
    body: nouns.environmentCreate,
    reply: nouns.environment,
  }),
  getEnvironment: reading({
    path: '/v1/environments/{environment}',
    summary: 'One environment',
    permission: 'read',
    reply: nouns.environment,
  }),
  putEnvironment: writing('PUT', {
    path: '/v1/environments/{environment}',
    summary: 'Make or replace the environment of these slugs',
    permission: 'write',
    body: nouns.environmentPut,
    reply: nouns.environment,
  }),
  updateEnvironment: writing('PATCH', {
    path: '/v1/environments/{environment}',
    summary: 'Change an environment',
    permission: 'write',
    body: nouns.environmentUpdate,
    reply: nouns.environment,
  }),
  deleteEnvironment: removing({
    path: '/v1/environments/{environment}',
    summary: 'Remove an environment with its services and volumes',
    query: volumesToo,
    permission: 'admin',
    reply: deletedPlace,
  }),
};

const repositories = {
  listRepositories: reading({
    path: '/v1/projects/{project}/repositories',
    summary: 'Repositories of a project',
    permission: 'read',
    query: { ...pageQuery, kind: z.enum(['builtin', 'github']).optional(), slug: slug.optional() },
    reply: listOfItems(sources.repository),
  }),
  createRepository: writing('POST', {
    path: '/v1/projects/{project}/repositories',
    summary: 'Make a built-in repository, or connect one on GitHub',
    permission: 'write',
    body: sources.repositoryCreate,
    reply: sources.repository,
  }),
  getRepository: reading({
    path: '/v1/repositories/{repository}',
    summary: 'One repository',
    permission: 'read',
    reply: sources.repository,
  }),
  updateRepository: writing('PATCH', {
    path: '/v1/repositories/{repository}',
    summary: 'Change a repository',
    permission: 'write',
    body: sources.repositoryUpdate,
    reply: sources.repository,
  }),
  deleteRepository: removing({
    path: '/v1/repositories/{repository}',
    summary: 'Remove a repository; services built from it keep running',
    permission: 'admin',
    reply: deleted,
  }),
};

const branchRules = {
  listBranchRules: reading({
    path: '/v1/projects/{project}/branch-rules',
    summary: 'Which branches deploy where; with `?branch`, where one would deploy to and why',
    permission: 'read',
    query: {
      ...pageQuery,
      branch: sources.branchName
        .optional()
        .describe('Only rules that take this branch in, in the order they are tried.'),
      repository: reference('a repository').optional().describe('Only rules that count for it.'),
    },
    reply: listOfItems(sources.branchRule),
  }),
  createBranchRule: writing('POST', {
    path: '/v1/projects/{project}/branch-rules',
    summary: 'Let branches deploy to an environment',
    permission: 'write',
    body: sources.branchRuleCreate,
    reply: sources.branchRule,
  }),
  getBranchRule: reading({
    path: '/v1/branch-rules/{branchRule}',
    summary: 'One branch rule',
    permission: 'read',
    reply: sources.branchRule,
  }),
  updateBranchRule: writing('PATCH', {
    path: '/v1/branch-rules/{branchRule}',
    summary: 'Change a branch rule',
    permission: 'write',
    body: sources.branchRuleUpdate,
    reply: sources.branchRule,
  }),
  deleteBranchRule: removing({
    path: '/v1/branch-rules/{branchRule}',
    summary: 'Remove a branch rule',
    permission: 'write',
    reply: deleted,
  }),
};

const deliveries = {
  listDeliveries: reading({
    path: '/v1/projects/{project}/deliveries',
    summary: 'Pushes received, and what became of each',
    permission: 'read',
    query: {
      ...pageQuery,
      repository: reference('a repository').optional(),
      outcome: z.enum(['built', 'ignored', 'failed']).optional(),
      ref: z.string().min(1).max(300).optional(),
      commit: z
        .string()
        .min(4)
        .max(64)
        .regex(/^[0-9a-f]+$/)
        .optional(),
    },
    reply: listOfItems(sources.delivery),
  }),
  getDelivery: reading({
    path: '/v1/deliveries/{delivery}',
    summary: 'One delivery',
    permission: 'read',
    reply: sources.delivery,
  }),
};

export const projectEndpoints = { ...projects, ...environments, ...repositories, ...branchRules, ...deliveries };
