import { type CommandSpec, loads } from '../command-spec.ts';
import { service, yes } from '../shared-options.ts';

const target = [
  service,
  { flags: '-p, --project <slug>', about: 'default: what this repository was deployed to last', completes: 'project' },
  { flags: '-e, --environment <slug>', about: 'default: what this repository was deployed to last, else production' },
] as const;

/** The repository's own file of settings. */
export const fileCommands: readonly CommandSpec[] = [
  {
    name: 'init',
    about: 'look at the repository and write a commented sconce.yaml',
    details: [
      'Looks for a Dockerfile and its EXPOSE, for what the requirements say about a GPU, and for a path that a probe could ask. Asks about each guess when somebody is there.',
    ],
    options: [
      { flags: '--name <slug>', about: 'of the service; default: the directory’s name' },
      { flags: '-y, --yes', about: 'take the guesses as they are' },
      { flags: '--force', about: 'write over a sconce.yaml that is there' },
      { flags: '--dry-run', about: 'write it to standard output instead' },
    ],
    examples: [
      ['sconce init', 'with questions'],
      ['sconce init --yes', 'without'],
      ['sconce init --dry-run', 'only look'],
    ],
    load: loads(async () => (await import('../../commands/file/init.ts')).init),
  },
  {
    name: 'plan',
    about: 'what the sconce.yaml here would change against what is deployed',
    details: [
      'The file of the working tree is read by the server as a push would read it, mistakes by their line; nothing is changed. What people set over the API or with `sconce services set` lies above the file and stays in force: the plan says so where the file says otherwise.',
    ],
    options: [...target],
    examples: [
      ['sconce plan', 'where this repository deploys to'],
      ['sconce plan --environment staging --json', 'for scripts'],
    ],
    load: loads(async () => (await import('../../commands/file/plan.ts')).plan),
  },
  {
    name: 'apply',
    about: 'show the plan, make what the API can make, and deploy the commit that the file is in',
    details: [
      'The file is applied with the commit it is in, so a file that is not committed is refused. Its settings are never written into the layer above it: later commits could not change them then. What `apply` itself makes: secret groups that the file names, empty; with --take-back it takes back what people set where the file says otherwise; then it deploys, as `sconce deploy` does.',
    ],
    options: [
      ...target,
      { flags: '--take-back', about: 'take back what people set over the API where the file says otherwise' },
      { flags: '--no-deploy', about: 'stop before the deploy; the file may then be uncommitted' },
      yes,
    ],
    examples: [
      ['sconce apply', 'shows, asks, deploys'],
      ['sconce apply --take-back --yes', 'for scripts: the file has its way'],
    ],
    load: loads(async () => (await import('../../commands/file/apply.ts')).apply),
  },
];
