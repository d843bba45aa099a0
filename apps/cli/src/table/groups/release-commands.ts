import { type CommandSpec, listing, loads } from '../command-spec.ts';
import { dryRun, follow, limit, service, yes } from '../shared-options.ts';

const builds = () => import('../../commands/release/builds.ts');
const create = () => import('../../commands/release/create-build.ts');
const releases = () => import('../../commands/release/releases.ts');
const rollouts = () => import('../../commands/release/rollouts.ts');

const buildArgument = { name: '[build]', about: 'its id; default: the newest of the service' };
const rolloutArgument = { name: '[rollout]', about: 'its id; default: the one under way' };
const phases = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'superseded'];
const ofCommit = { flags: '--commit <sha>', about: 'only of this commit, all 40 digits' };
const noCache = { flags: '--no-cache', about: 'build every step anew' };

const cancel: Omit<CommandSpec, 'name' | 'examples'> = {
  about: 'cancel one; default: the newest that has not ended',
  arguments: [{ name: '[build]', about: 'its id' }],
  options: [service],
  load: loads(async () => (await builds()).cancelBuild),
};

const buildCommands = listing(
  'builds',
  'builds of a service: list, log, analysis, build again, cancel',
  {
    about: 'list them, newest first',
    options: [service, { flags: '--phase <phase>', about: 'only those', choices: phases }, ofCommit, limit],
    examples: [['sconce builds --service resnet50 --phase failed', 'only those that failed']],
    load: loads(async () => (await builds()).listBuilds),
  },
  [
    {
      name: 'show',
      about: 'one build: what it took, what came of it',
      arguments: [buildArgument],
      options: [service],
      examples: [['sconce builds show', 'the newest of this repository’s service']],
      load: loads(async () => (await builds()).showBuild),
    },
    {
      name: 'analysis',
      about: 'where its time and its megabytes went, against the build before',
      arguments: [buildArgument],
      options: [service],
      examples: [['sconce builds analysis', 'the newest of this repository’s service']],
      load: loads(async () => (await import('../../commands/release/build-analysis.ts')).analyseBuild),
    },
    {
      name: 'logs',
      about: 'the log of a build',
      arguments: [buildArgument],
      options: [
        service,
        { flags: '-f, --follow', about: 'until it ends; resumes by itself' },
        { flags: '-n, --tail <lines>', about: 'begin with the last so many lines (default: 100)' },
        { flags: '--after <line>', about: 'only lines after this number' },
        { flags: '--text <text>', about: 'only lines that contain it' },
      ],
      examples: [['sconce builds logs --follow', 'the newest one, until it ends']],
      load: loads(async () => (await import('../../commands/release/build-log.ts')).showBuildLog),
    },
    {
      name: 'create',
      about: 'build a commit and deploy it; default: the newest of the default branch',
      options: [
        service,
        { flags: '--commit <sha>', about: 'the whole of it' },
        { flags: '--branch <name>', about: 'its newest commit' },
        noCache,
        follow,
      ],
      examples: [['sconce builds create --branch main --follow', 'without a push']],
      load: loads(async () => (await create()).createBuild),
    },
    {
      name: 'rebuild',
      about: 'build the commit of an earlier build again',
      arguments: [buildArgument],
      options: [service, noCache, follow],
      examples: [['sconce builds rebuild --no-cache --follow', 'the newest one, every step anew']],
      load: loads(async () => (await create()).rebuild),
    },
    { name: 'cancel', ...cancel, examples: [['sconce builds cancel', 'the one that runs']] },
  ],
);

const releaseGroup = listing(
  'releases',
  'releases of a service: list, compare, make',
  {
    about: 'list them, newest first',
    options: [service, { flags: '--was-live', about: 'only those that were live once' }, ofCommit, limit],
    examples: [['sconce releases --was-live', 'what could be rolled back to']],
    load: loads(async () => (await releases()).listReleases),
  },
  [
    {
      name: 'show',
      about: 'all that was frozen into one; default: the live one',
      arguments: [{ name: '[release]', about: 'r12', completes: 'release' }],
      options: [service],
      examples: [['sconce releases show r12', 'image, settings, versions of variables and secrets']],
      load: loads(async () => (await releases()).showRelease),
    },
    {
      name: 'compare',
      about: 'what one has otherwise than another; default: than the live one',
      arguments: [
        { name: '<release>', completes: 'release' },
        { name: '[other]', completes: 'release' },
      ],
      options: [service, { flags: '--all', about: 'every package that differs, not only the first of each kind' }],
      examples: [['sconce releases compare r12 r11', 'before rolling back']],
      load: loads(async () => (await releases()).compareReleases),
    },
    {
      name: 'create',
      about: 'deploy a build, an image or a commit; with none of them the current image with the current settings',
      options: [
        service,
        { flags: '--build <build>', about: 'a build that succeeded' },
        { flags: '--image <digest>', about: 'an image that a build of this service made' },
        { flags: '--commit <sha>', about: 'its image where there is one; else it is built first' },
        follow,
        dryRun,
      ],
      examples: [['sconce releases create --follow', 'after settings, variables or secrets were changed']],
      load: loads(async () => (await releases()).createRelease),
    },
  ],
);

const rolloutGroup = listing(
  'rollouts',
  'rollouts of a service: watch, pause, resume, abort',
  {
    about: 'list them, newest first',
    options: [service, { flags: '--active', about: 'only the one under way' }, limit],
    examples: [['sconce rollouts', 'with how long each took until it was live']],
    load: loads(async () => (await rollouts()).listRollouts),
  },
  [
    {
      name: 'show',
      about: 'one rollout: where it stands, and why',
      arguments: [{ name: '[rollout]', about: 'its id; default: the one under way, else the newest' }],
      options: [service],
      examples: [['sconce rollouts show', 'with the last lines where it failed']],
      load: loads(async () => (await rollouts()).showRollout),
    },
    {
      name: 'pause',
      about: 'let it stand still where it is',
      arguments: [rolloutArgument],
      options: [service],
      examples: [['sconce rollouts pause', 'look at it in peace']],
      load: loads(async () => (await rollouts()).pause),
    },
    {
      name: 'resume',
      about: 'let it go on',
      arguments: [rolloutArgument],
      options: [service],
      examples: [['sconce rollouts resume', 'the one that stands still']],
      load: loads(async () => (await rollouts()).resume),
    },
    {
      name: 'abort',
      about: 'take it back: what was live before answers again',
      arguments: [rolloutArgument],
      options: [service, yes],
      examples: [['sconce rollouts abort --yes', 'without a question']],
      load: loads(async () => (await rollouts()).abortRollout),
    },
  ],
);

export const releaseCommands: readonly CommandSpec[] = [
  buildCommands,
  releaseGroup,
  rolloutGroup,
  {
    name: 'cancel',
    ...cancel,
    about: 'short for `builds cancel`',
    examples: [['sconce cancel', 'the build that runs']],
  },
];
