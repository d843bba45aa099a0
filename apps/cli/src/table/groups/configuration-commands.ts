import { type CommandSpec, listing, loads } from '../command-spec.ts';
import { deploy, dryRun, environment, forAllServices, project, service, yes } from '../shared-options.ts';

const variables = () => import('../../commands/configuration/variables.ts');
const secrets = () => import('../../commands/configuration/secrets.ts');
const groups = () => import('../../commands/configuration/secret-groups.ts');

const group = { flags: '-g, --group <group>', about: 'the secret group it is in' };

const variableCommands = listing(
  'variables',
  'plain settings that a service gets in its environment',
  {
    about: 'list them, with the layer each comes from',
    options: [service, forAllServices],
    examples: [
      ['sconce variables', 'as the next release of this repository’s service gets them'],
      ['sconce variables --environment vision/production', 'those of all its services'],
    ],
    load: loads(async () => (await variables()).listVariables),
  },
  [
    {
      name: 'set',
      about: 'set some',
      arguments: [{ name: '<NAME=value...>', about: 'the value is all that follows the first =' }],
      options: [service, forAllServices, deploy],
      examples: [['sconce variables set LOG_LEVEL=debug WORKERS=2 --deploy', 'two, as one change, live at once']],
      load: loads(async () => (await variables()).setVariables),
    },
    {
      name: 'unset',
      about: 'remove some',
      arguments: [{ name: '<name...>' }],
      options: [service, forAllServices, deploy],
      examples: [['sconce variables unset LOG_LEVEL', 'what lies below shows again']],
      load: loads(async () => (await variables()).unsetVariables),
    },
    {
      name: 'import',
      about: 'set what a .env file says, as one change',
      details: ['Shows first what is added and changed, by name. Without --replace nothing is removed.'],
      arguments: [{ name: '<file>', about: '`-` is standard input', completes: 'file' }],
      options: [
        service,
        forAllServices,
        { flags: '--replace', about: 'remove what the file does not name' },
        deploy,
        dryRun,
        yes,
      ],
      examples: [
        ['sconce variables import .env --dry-run', 'what it would change'],
        ['sconce variables import .env --replace --yes --deploy', 'exactly these, live at once'],
      ],
      load: loads(async () => (await import('../../commands/configuration/import-variables.ts')).importVariables),
    },
  ],
);

const secretCommands = listing(
  'secrets',
  'values that go in and are never shown again',
  {
    about: 'names, versions and fingerprints, by group',
    options: [service, environment, project, group],
    examples: [['sconce secrets', 'of the environment of this repository’s service']],
    load: loads(async () => (await secrets()).listSecrets),
  },
  [
    {
      name: 'set',
      about: 'set one; its value comes from standard input, or is asked for without being shown',
      arguments: [{ name: '<name>' }],
      options: [
        group,
        service,
        environment,
        project,
        deploy,
        { flags: '--keep-newline', about: 'keep a newline at the end of the input' },
      ],
      examples: [
        ['printf %s "$HUB_TOKEN" | sconce secrets set HUB_TOKEN --group hub', 'the group is made when it is not there'],
      ],
      load: loads(async () => (await secrets()).setSecret),
    },
    {
      name: 'unset',
      about: 'remove one',
      arguments: [{ name: '<name>' }],
      options: [group, service, environment, project, deploy],
      examples: [['sconce secrets unset HUB_TOKEN --group hub', 'the next release goes without it']],
      load: loads(async () => (await secrets()).unsetSecret),
    },
    {
      name: 'attach',
      about: 'let a service get a group',
      arguments: [{ name: '<group>' }],
      options: [service],
      examples: [['sconce secrets attach hub --service resnet50', 'with its next release']],
      load: loads(async () => (await secrets()).attach),
    },
    {
      name: 'detach',
      about: 'take a group off a service',
      arguments: [{ name: '<group>' }],
      options: [service],
      examples: [['sconce secrets detach hub', 'the group itself stays']],
      load: loads(async () => (await secrets()).detach),
    },
    {
      name: 'create-group',
      about: 'make an empty group; `secrets set` does it by itself',
      arguments: [{ name: '<group>' }],
      options: [service, environment, project],
      examples: [['sconce secrets create-group hub --environment vision/production', 'to be filled']],
      load: loads(async () => (await groups()).createSecretGroup),
    },
    {
      name: 'delete-group',
      about: 'delete a group with the secrets in it',
      arguments: [{ name: '<group>' }],
      options: [service, environment, project, yes],
      examples: [['sconce secrets delete-group hub', 'says what goes, and asks for the name']],
      load: loads(async () => (await groups()).deleteSecretGroup),
    },
  ],
);

export const configurationCommands: readonly CommandSpec[] = [variableCommands, secretCommands];
