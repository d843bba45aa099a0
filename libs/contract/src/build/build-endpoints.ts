import { z } from 'zod';
import { logHistoryQuery, logLine } from '../log/log.ts';
import { beginning, following, reading } from '../shape/endpoint.ts';
import { commitSha, listOfItems, pageQuery, wait } from '../shape/field.ts';
import * as nouns from './build.ts';
import { buildAnalysis } from './build-analysis.ts';

const phases = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'superseded'] as const;

export const buildEndpoints = {
  listBuilds: reading({
    path: '/v1/services/{service}/builds',
    summary: 'Builds for a service',
    permission: 'read',
    query: { ...pageQuery, phase: z.enum(phases).optional(), commit: commitSha.optional() },
    reply: listOfItems(nouns.build),
  }),
  createBuild: beginning('POST', {
    path: '/v1/services/{service}/builds',
    summary: 'Build a commit and deploy it',
    permission: 'deploy',
    body: nouns.buildCreate,
    reply: nouns.build,
    longWork: 'build',
  }),
  getBuild: reading({
    path: '/v1/builds/{build}',
    summary: 'One build',
    permission: 'read',
    query: { wait: wait.optional() },
    reply: nouns.build,
  }),
  updateBuild: beginning('PATCH', {
    path: '/v1/builds/{build}',
    summary: 'Cancel a build',
    permission: 'deploy',
    body: nouns.buildUpdate,
    reply: nouns.build,
    longWork: 'build',
  }),
  getBuildAnalysis: reading({
    path: '/v1/builds/{build}/analysis',
    summary: 'Where the time and the megabytes went, step by step and layer by layer, against the build before',
    permission: 'read',
    reply: buildAnalysis,
  }),
  listBuildLogs: following({
    path: '/v1/builds/{build}/logs',
    summary: 'Log of a build: history, or a stream that ends with it',
    permission: 'read',
    query: logHistoryQuery,
    reply: listOfItems(logLine),
    item: logLine,
  }),
};
