import { type CommandSpec, loads } from '../command-spec.ts';
import {
  dryRun,
  environment,
  follow,
  onlyProject,
  project,
  service,
  serviceArgument,
  since,
  step,
  until,
} from '../shared-options.ts';

const rollback = () => import('../../commands/service/rollback.ts');

/** What is typed every day, in one word each. */
export const deployCommands: readonly CommandSpec[] = [
  {
    name: 'deploy',
    about: 'push the current repository and follow it until it is live',
    details: [
      'Makes what is missing (project, environment, repository on the built-in git server, branch rule, service) after saying so, and adds a git remote for it. Only commits are deployed.',
    ],
    options: [
      service,
      {
        flags: '-p, --project <slug>',
        about: 'default: what this repository was deployed to last, else the directory’s name',
        completes: 'project',
      },
      {
        flags: '-e, --environment <slug>',
        about: 'default: what this repository was deployed to last, else production',
      },
      { flags: '--branch <name>', about: 'branch to push to; default: the current one' },
      { flags: '--remote <name>', about: 'name of the git remote (default: sconce)' },
      { flags: '--force', about: 'replace what the branch holds there' },
      { flags: '--again', about: 'also a commit that a push passed over: [skip ci], or nothing watched was changed' },
      dryRun,
    ],
    examples: [
      ['sconce deploy', 'from any repository with a Dockerfile'],
      ['sconce deploy --service vision/staging/resnet50', 'to that service; it is remembered in the clone'],
      ['sconce deploy --json | jq -r .services[0].urls.host', 'for scripts: one object at the end'],
    ],
    load: loads(async () => (await import('../../commands/service/deploy.ts')).deploy),
  },
  {
    name: 'status',
    about: 'how services are; one in detail when it is named',
    arguments: [serviceArgument],
    options: [service],
    examples: [
      ['sconce status', 'all of them, a line each'],
      ['sconce status resnet50', 'what is live since when, what comes next, why it waits'],
    ],
    load: loads(async () => (await import('../../commands/service/status.ts')).status),
  },
  {
    name: 'logs',
    about: 'the log of a service, or of a build',
    arguments: [serviceArgument],
    options: [
      service,
      { flags: '-b, --build <build>', about: 'the log of this build' },
      { flags: '-f, --follow', about: 'and go on with lines to come; resumes by itself' },
      { flags: '-n, --tail <lines>', about: 'begin with the last so many lines (default: 100)' },
      { flags: '--after <line>', about: 'only lines after this number' },
      { flags: '--level <levels>', about: 'several with commas', choices: ['debug', 'info', 'warn', 'error'] },
      { flags: '--text <text>', about: 'only lines that contain it' },
      { flags: '--release <release>', about: 'only of this release (r12)', completes: 'release' },
      { flags: '--replica <replica>', about: 'only of this replica' },
    ],
    examples: [
      ['sconce logs -f', 'the service of this repository, as it goes on'],
      ['sconce logs resnet50 --level warn,error --release r12', 'only what went wrong in one release'],
    ],
    load: loads(async () => (await import('../../commands/service/logs.ts')).logs),
  },
  {
    name: 'exec',
    about: 'a terminal in a replica, or a command with its input and output',
    details: [
      'Needs the scope exec, since whoever runs a command sees the values of all variables and secrets; who did, where and what stands in the audit log. Where standard input and output are a terminal, the command gets one. The exit code is the command’s.',
    ],
    arguments: [
      { ...serviceArgument, name: '<service>' },
      { name: '[command...]', about: 'after --; default: the shell of the image' },
    ],
    options: [
      { flags: '--replica <replica>', about: 'r12-7x2; default: one that serves' },
      { flags: '--container <sidecar>', about: 'beside the replica’s own process' },
      { flags: '-T, --no-terminal', about: 'plain input and output, also on a terminal' },
    ],
    examples: [
      ['sconce exec resnet50', 'a shell; Ctrl-D leaves it'],
      ['sconce exec resnet50 --replica r12-7x2 -- nvidia-smi', 'one command in one replica'],
      ['sconce exec resnet50 -- cat /models/config.json > config.json', 'out of it'],
      ['sconce exec resnet50 -- sh < check.sh', 'and into it'],
    ],
    load: loads(async () => (await import('../../commands/service/exec.ts')).exec),
  },
  {
    name: 'metrics',
    about: 'requests, errors, latency and use: of all services now, or of one over time',
    arguments: [serviceArgument],
    options: [
      service,
      { ...environment, about: 'all services of this environment, now' },
      { ...project, about: 'all services of this project, now' },
      since,
      until,
      step,
      { flags: '--by <what>', about: 'apart for each', choices: ['release', 'replica'] },
    ],
    examples: [
      ['sconce metrics', 'all services, now'],
      ['sconce metrics --environment vision/production', 'those of one environment'],
      ['sconce metrics resnet50 --since 24h --by release', 'how two releases compare'],
    ],
    load: loads(async () => (await import('../../commands/service/metrics.ts')).metrics),
  },
  {
    name: 'events',
    about: 'what happened, and with --follow what happens',
    details: ['Of a service, an environment, a project, or of all that you may see: the narrowest that is named.'],
    options: [
      service,
      environment,
      onlyProject,
      { flags: '-f, --follow', about: 'and go on with those to come; resumes by itself' },
      { flags: '--type <type>', about: '`build.succeeded`, or `build` for all of its kind' },
      { flags: '--subject <id>', about: 'only what happened to this' },
      { flags: '--actor <id>', about: 'only what they did: usr_..., tok_..., github:octocat' },
      { flags: '--after <cursor>', about: 'with --follow: begin after this event' },
      { flags: '--limit <count>', about: 'at most so many, or `all` (default: 20)' },
    ],
    examples: [
      ['sconce events -f', 'everything, as it happens'],
      ['sconce events --service resnet50 --type rollout', 'its last rollouts, step by step'],
    ],
    load: loads(async () => (await import('../../commands/service/events.ts')).events),
  },
  {
    name: 'open',
    about: 'open a service’s page in the dashboard; where there is no browser, write its address',
    arguments: [serviceArgument],
    options: [
      service,
      { flags: '--page <page>', about: 'which of its pages', choices: ['builds', 'releases', 'logs'] },
      { flags: '--live', about: 'where the service itself answers' },
      { flags: '--home', about: 'the first page' },
      { flags: '--no-browser', about: 'only write the address' },
    ],
    examples: [
      ['sconce open', 'the service of this repository'],
      ['curl "$(sconce open --live --no-browser)"', 'ask the service something'],
    ],
    load: loads(async () => (await import('../../commands/service/open.ts')).open),
  },
  {
    name: 'rollback',
    about: 'go back to an earlier release, without a build, and pin it',
    details: ['Image, variables and secrets are as they were. Pushes build and do not deploy until `sconce unpin`.'],
    arguments: [{ name: '[release]', about: 'r11; default: the one that was live before', completes: 'release' }],
    options: [service, follow, dryRun],
    examples: [
      ['sconce rollback', 'to what was live before'],
      ['sconce rollback --dry-run', 'to which release that would be, and whether requests would wait for a GPU'],
      ['sconce rollback r11 --follow', 'to that one, and wait until it is live'],
    ],
    load: loads(async () => (await rollback()).rollback),
  },
  {
    name: 'pin',
    about: 'keep the live release: pushes build and do not deploy',
    options: [service],
    examples: [['sconce pin --service resnet50', 'nothing new goes live until it is unpinned']],
    load: loads(async () => (await rollback()).pin),
  },
  {
    name: 'unpin',
    about: 'let pushes deploy again',
    options: [service],
    examples: [['sconce unpin', 'after a rollback, once the mistake is mended']],
    load: loads(async () => (await rollback()).unpin),
  },
];
