import { branchName } from '../project/repository.ts';
import { reading, writing } from '../shape/endpoint.ts';
import { listOfItems } from '../shape/field.ts';
import * as nouns from './plan.ts';

export const planEndpoints = {
  getRepositoryPlan: reading({
    path: '/v1/repositories/{repository}/plan',
    summary: 'What a look at a branch’s newest commit says about running it',
    permission: 'read',
    query: { ref: branchName.optional().describe('A branch. Default: the repository’s default branch.') },
    reply: nouns.repositoryPlan,
  }),
  listExamples: reading({
    path: '/v1/examples',
    summary: 'Services to try Sconce with',
    permission: 'known',
    reply: listOfItems(nouns.example),
  }),
  createCommit: writing('POST', {
    path: '/v1/repositories/{repository}/commits',
    summary: 'Put the files of an example into an empty built-in repository, as a push would',
    permission: 'deploy',
    body: nouns.commitCreate,
    reply: nouns.commitCreated,
  }),
};
