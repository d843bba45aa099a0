import { type CommandSpec, listing, loads } from '../command-spec.ts';
import { dryRun, environmentArgument, limit, project, projectArgument, yes } from '../shared-options.ts';

const projects = () => import('../../commands/place/projects.ts');
const environments = () => import('../../commands/place/environments.ts');

const name = { flags: '--name <name>', about: 'what people read; default: the slug' };
const newName = { flags: '--name <name>', about: 'what people read' };
const onCluster = {
  flags: '--cluster <cluster>',
  about: 'where its replicas run, for good (default: local)',
  completes: 'cluster',
} as const;
const withVolumes = { flags: '--with-volumes', about: 'needed when there are volumes: their data is lost for good' };

const projectCommands = listing(
  'projects',
  'a team’s space: repositories, environments, members',
  {
    about: 'list them',
    options: [limit],
    examples: [['sconce projects', 'those that you may see, with your role']],
    load: loads(async () => (await projects()).listProjects),
  },
  [
    {
      name: 'show',
      about: 'one of them',
      arguments: [{ ...projectArgument, name: '[project]' }],
      examples: [['sconce projects show vision', 'name, role, id']],
      load: loads(async () => (await projects()).showProject),
    },
    {
      name: 'create',
      about: 'make one',
      arguments: [{ name: '<slug>', about: 'lower-case letters, digits and inner dashes' }],
      options: [name],
      examples: [['sconce projects create vision --name "Vision team"', 'you administer it']],
      load: loads(async () => (await projects()).createProject),
    },
    {
      name: 'set',
      about: 'change its name or slug',
      arguments: [projectArgument],
      options: [newName, { flags: '--slug <slug>', about: 'paths and host names change with it' }],
      examples: [['sconce projects set vision --name "Vision and sound"', 'only what people read']],
      load: loads(async () => (await projects()).updateProject),
    },
    {
      name: 'delete',
      about: 'delete one with all that is in it',
      arguments: [projectArgument],
      options: [withVolumes, yes, dryRun],
      examples: [
        ['sconce projects delete vision --dry-run', 'what would be lost'],
        ['sconce projects delete vision', 'says so, and asks for the name'],
      ],
      load: loads(async () => (await projects()).deleteProject),
    },
  ],
);

const environmentCommands = listing(
  'environments',
  'isolated copies of a project’s services',
  {
    about: 'list those of a project',
    options: [project, limit],
    examples: [['sconce environments --project vision', 'with how many services stand in each']],
    load: loads(async () => (await environments()).listEnvironments),
  },
  [
    {
      name: 'show',
      about: 'one of them',
      arguments: [{ ...environmentArgument, name: '[environment]' }],
      options: [project],
      examples: [['sconce environments show vision/staging', 'name, cluster, id']],
      load: loads(async () => (await environments()).showEnvironment),
    },
    {
      name: 'create',
      about: 'make one',
      arguments: [{ name: '<environment>', about: 'a slug, or project/environment' }],
      options: [project, name, onCluster],
      examples: [
        ['sconce environments create vision/staging', 'then let a branch deploy to it'],
        ['sconce environments create vision/lab --cluster lab', 'its replicas run there, for good'],
      ],
      load: loads(async () => (await environments()).createEnvironment),
    },
    {
      name: 'set',
      about: 'change its name',
      arguments: [environmentArgument],
      options: [project, newName],
      examples: [['sconce environments set staging --name "For the demo"', 'only what people read']],
      load: loads(async () => (await environments()).updateEnvironment),
    },
    {
      name: 'delete',
      about: 'delete one with its services and volumes',
      arguments: [environmentArgument],
      options: [project, withVolumes, yes, dryRun],
      examples: [
        ['sconce environments delete vision/staging --dry-run', 'what would be lost'],
        ['sconce environments delete vision/staging', 'says so, and asks for the name'],
      ],
      load: loads(async () => (await environments()).deleteEnvironment),
    },
  ],
);

export const placeCommands: readonly CommandSpec[] = [projectCommands, environmentCommands];
