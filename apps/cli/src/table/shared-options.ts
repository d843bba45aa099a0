import type { ArgumentSpec, CommandSpec, OptionSpec } from './command-spec.ts';

/** Options that every command takes. */
export const globalOptions: readonly OptionSpec[] = [
  { flags: '--json', about: 'answer in JSON on standard output' },
  { flags: '-q, --quiet', about: 'only the answer: names in lists, no progress, no remarks' },
  { flags: '--api-url <url>', about: 'the API to talk to (SCONCE_API_URL)' },
  { flags: '--token <token>', about: 'the token to use; SCONCE_TOKEN keeps it out of the process list' },
];

/** All that a command takes; null: `sconce` itself. */
export function optionsOf(command: Pick<CommandSpec, 'options' | 'isLocal'> | null): readonly OptionSpec[] {
  return [...(command?.options ?? []), ...(command?.isLocal ? [] : globalOptions)];
}

export const service: OptionSpec = {
  flags: '-s, --service <service>',
  about: 'project/environment/service, or its slug where only one has it',
  completes: 'service',
};
export const environment: OptionSpec = {
  flags: '-e, --environment <environment>',
  about: 'project/environment, or its slug within the project',
  completes: 'environment',
};
export const forAllServices: OptionSpec = {
  flags: '-e, --environment <environment>',
  about: 'project/environment: for all its services',
  completes: 'environment',
};
export const project: OptionSpec = {
  flags: '-p, --project <project>',
  about: 'the project; default: SCONCE_PROJECT, that of this repository’s service, or the only one',
  completes: 'project',
};
/** Where all that may be seen is meant when none is named. */
export const onlyProject: OptionSpec = { ...project, about: 'only of this project' };
export const repository: OptionSpec = {
  flags: '--repository <repository>',
  about: 'project/repository, or its slug within the project',
  completes: 'repository',
};
export const limit: OptionSpec = { flags: '--limit <count>', about: 'at most so many, or `all` (default: 50)' };
export const yes: OptionSpec = { flags: '-y, --yes', about: 'do not ask' };
export const dryRun: OptionSpec = { flags: '--dry-run', about: 'say what it would do, and do nothing' };
export const deploy: OptionSpec = { flags: '--deploy', about: 'make a release with it at once' };
export const follow: OptionSpec = { flags: '-f, --follow', about: 'wait until it is live' };

export const since: OptionSpec = {
  flags: '--since <time>',
  about: 'how far back: 90m, 6h, 7d, or a time (default: 1h)',
};
export const until: OptionSpec = { flags: '--until <time>', about: 'where it ends, said the same way (default: now)' };
export const step: OptionSpec = {
  flags: '--step <step>',
  about: 'one row for each: 10s, 1m, 5m, 10m, 30m, 1h, 6h, 1d',
};

export const serviceArgument: ArgumentSpec = {
  name: '[service]',
  about: 'project/environment/service, or its slug where only one has it',
  completes: 'service',
};
export const environmentArgument: ArgumentSpec = {
  name: '<environment>',
  about: 'project/environment, or its slug within the project',
  completes: 'environment',
};
export const projectArgument: ArgumentSpec = { name: '<project>', about: 'slug or id', completes: 'project' };
