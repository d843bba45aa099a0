import { type CommandSpec, listing, loads } from '../command-spec.ts';
import { environment, limit, project, repository, yes } from '../shared-options.ts';

const repositories = () => import('../../commands/place/repositories.ts');
const rules = () => import('../../commands/place/branch-rules.ts');
const deliveries = () => import('../../commands/place/deliveries.ts');

const repositoryArgument = {
  name: '<repository>',
  about: 'its slug, or project/repository',
  completes: 'repository',
} as const;
const defaultBranch = { flags: '--default-branch <name>', about: 'default: main' };
const branch = { flags: '--branch <glob>', about: '`main`, `release/*`, `!wip/**`; several', several: true };
const position = { flags: '--position <number>', about: 'rules are tried from the lowest; all that match deploy' };
const ruleArgument = { name: '<rule>', about: 'its id' };

const repositoryCommands = listing(
  'repositories',
  'git repositories that a project knows',
  {
    about: 'list those of a project',
    options: [project, { flags: '--kind <kind>', about: 'only those', choices: ['builtin', 'github'] }, limit],
    examples: [['sconce repositories', 'with where to push to']],
    load: loads(async () => (await repositories()).listRepositories),
  },
  [
    {
      name: 'show',
      about: 'one of them',
      arguments: [repositoryArgument],
      options: [project],
      examples: [['sconce repositories show vision/resnet50', 'its push URL']],
      load: loads(async () => (await repositories()).showRepository),
    },
    {
      name: 'create',
      about: 'make one on the built-in git server',
      arguments: [{ name: '<slug>' }],
      options: [project, defaultBranch],
      examples: [['sconce repositories create resnet50 --project vision', 'ends with the line that adds the remote']],
      load: loads(async () => (await repositories()).createRepository),
    },
    {
      name: 'connect',
      about: 'connect one on GitHub',
      arguments: [{ name: '<owner/name>' }],
      options: [
        project,
        { flags: '--host-id <number>', about: 'GitHub’s id of the repository' },
        { flags: '--installation <number>', about: 'the installation of the GitHub App that sees it' },
        { flags: '--slug <slug>', about: 'default: its name' },
        defaultBranch,
      ],
      examples: [
        ['sconce repositories connect acme/vision --host-id 123456 --project vision', 'pushes there are taken up'],
      ],
      load: loads(async () => (await repositories()).connectRepository),
    },
    {
      name: 'set',
      about: 'change its default branch',
      arguments: [repositoryArgument],
      options: [project, { ...defaultBranch, about: 'the branch that is built by hand where none is named' }],
      examples: [
        ['sconce repositories set resnet50 --default-branch trunk', 'commits of that branch are built by hand now'],
      ],
      load: loads(async () => (await repositories()).updateRepository),
    },
    {
      name: 'delete',
      about: 'delete one; services built from it keep running',
      arguments: [repositoryArgument],
      options: [project, yes],
      examples: [['sconce repositories delete resnet50', 'asks for the name']],
      load: loads(async () => (await repositories()).deleteRepository),
    },
  ],
);

const ruleCommands = listing(
  'branch-rules',
  'which branches deploy to which environment',
  {
    about: 'list those of a project, in the order they are tried',
    options: [
      project,
      { flags: '--branch <name>', about: 'only those that a push to it deploys by' },
      { ...repository, about: 'only those that count for it' },
      limit,
    ],
    examples: [
      ['sconce branch-rules --project vision', 'which branches deploy where'],
      ['sconce branch-rules --branch release/2', 'where a push to it would deploy to'],
    ],
    load: loads(async () => (await rules()).listBranchRules),
  },
  [
    {
      name: 'show',
      about: 'one of them',
      arguments: [ruleArgument],
      examples: [['sconce branch-rules show rul_01k', 'branches, environment, repository']],
      load: loads(async () => (await rules()).showBranchRule),
    },
    {
      name: 'create',
      about: 'let branches deploy to an environment',
      options: [environment, branch, repository, project, position],
      examples: [['sconce branch-rules create --environment vision/staging --branch develop', 'of every repository']],
      load: loads(async () => (await rules()).createBranchRule),
    },
    {
      name: 'set',
      about: 'change one',
      arguments: [ruleArgument],
      options: [branch, environment, { ...repository, about: 'a repository, or `any`' }, position],
      examples: [['sconce branch-rules set rul_01k --branch main --branch "release/*"', 'all its branches, once each']],
      load: loads(async () => (await rules()).updateBranchRule),
    },
    {
      name: 'delete',
      about: 'delete one; what runs goes on',
      arguments: [ruleArgument],
      options: [yes],
      examples: [['sconce branch-rules delete rul_01k --yes', 'pushes no longer deploy by it']],
      load: loads(async () => (await rules()).deleteBranchRule),
    },
  ],
);

const deliveryCommands = listing(
  'deliveries',
  'pushes received, and what became of each',
  {
    about: 'list those of a project, newest first',
    options: [
      project,
      repository,
      { flags: '--outcome <outcome>', about: 'only those', choices: ['built', 'ignored', 'failed'] },
      { flags: '--branch <name>', about: 'only of this branch' },
      { flags: '--commit <sha>', about: 'only of this commit; its beginning will do' },
      limit,
    ],
    examples: [['sconce deliveries --outcome ignored', 'why a push deployed nothing']],
    load: loads(async () => (await deliveries()).listDeliveries),
  },
  [
    {
      name: 'show',
      about: 'one of them',
      arguments: [{ name: '<delivery>', about: 'its id' }],
      examples: [['sconce deliveries show dlv_01k', 'outcome, reason, builds']],
      load: loads(async () => (await deliveries()).showDelivery),
    },
  ],
);

export const sourceCommands: readonly CommandSpec[] = [repositoryCommands, ruleCommands, deliveryCommands];
