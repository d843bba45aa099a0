import { Command, CommanderError, Option } from 'commander';
import type { Context, GlobalOptions } from './context.ts';
import { exitCodes, Interrupted } from './exit-code.ts';
import { explainFailure, printFailure } from './explain-failure.ts';

/** Each command loads its own code when it is called, so that `sconce --help` and `sconce up` start at once. */
export async function runCli(args: readonly string[], context: Context): Promise<number> {
  const outcome = { exitCode: exitCodes.done as number };
  const program = makeProgram(context, outcome);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return outcome.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    // Whatever broke off when Ctrl-C came, the reason to tell is that.
    const reason: unknown = context.signal.aborted && !(error instanceof Interrupted) ? context.signal.reason : error;
    const failure = explainFailure(reason);
    printFailure(context.terminal, failure, args.includes('--json'));
    return failure.exitCode;
  }
}

function makeProgram(context: Context, outcome: { exitCode: number }): Command {
  const { terminal } = context;
  const program = new Command('sconce')
    .description('Push to live: turns `git push` into a running PyTorch inference service.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.line(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
    })
    .addOption(new Option('--json', 'answer in JSON on standard output'))
    .addOption(new Option('--api-url <url>', 'the API to talk to (SCONCE_API_URL)'))
    .addOption(new Option('--token <token>', 'the token to use; SCONCE_TOKEN keeps it out of the process list'))
    .showHelpAfterError('Run `sconce --help` to see what there is.');
  addMachineCommands(program, context, outcome);
  addDeployCommands(program, context);
  addReleaseCommands(program, context);
  addConfigurationCommands(program, context);
  addAccessCommands(program, context);
  return program;
}

const service = () =>
  new Option('-s, --service <service>', 'project/environment/service, or its slug where only one has it');

function addMachineCommands(program: Command, context: Context, outcome: { exitCode: number }): void {
  for (const [which, about] of [
    ['up', 'start Sconce on this machine, installing what is missing'],
    ['down', 'stop what `up` started, and nothing else'],
  ] as const) {
    program
      .command(which)
      .description(about)
      .allowUnknownOption()
      .allowExcessArguments()
      .argument('[options...]')
      .action(async (rest: string[]) => {
        outcome.exitCode = await (await import('./commands/up-down.ts')).upOrDown(context, which, rest);
      });
  }
}

function addDeployCommands(program: Command, context: Context): void {
  program
    .command('deploy')
    .description('push the current repository and follow it until it is live')
    .addOption(service())
    .option('--project <slug>', 'default: the directory’s name')
    .option('--environment <slug>', 'default: production')
    .option('--branch <name>', 'branch to push to; default: the current one')
    .option('--remote <name>', 'name of the git remote', 'sconce')
    .option('--force', 'replace what the branch holds there')
    .option('--again', 'also when nothing changed: deploy the commit that is there')
    .option('-q, --quiet', 'without the build’s log')
    .option('--dry-run', 'say what would be made, and do nothing')
    .action(async (_, command) => (await import('./commands/deploy.ts')).deploy(context, optionsOf(command)));
  program
    .command('status')
    .description('how services are; one in detail when it is named')
    .argument('[service]')
    .addOption(service())
    .action(async (named, _, command) =>
      (await import('./commands/status.ts')).status(context, optionsOf(command), named),
    );
  program
    .command('logs')
    .description('the log of a service, or of a build')
    .argument('[service]')
    .addOption(service())
    .option('-b, --build <build>', 'the log of this build')
    .option('-f, --follow', 'and go on with lines to come; resumes by itself')
    .option('-n, --tail <lines>', 'begin with the last so many lines', '100')
    .option('--after <line>', 'only lines after this number')
    .option('--level <levels>', 'debug, info, warn, error; several with commas')
    .option('--text <text>', 'only lines that contain it')
    .option('--release <release>', 'only of this release (r12)')
    .option('--replica <replica>', 'only of this replica')
    .action(async (named, _, command) => (await import('./commands/logs.ts')).logs(context, optionsOf(command), named));
}

function addReleaseCommands(program: Command, context: Context): void {
  const releases = program
    .command('releases')
    .description('releases of a service')
    .addOption(service())
    .option('--limit <count>', 'at most so many', '20');
  releases.action(async (_, command) =>
    (await import('./commands/releases.ts')).listReleases(context, optionsOf(command)),
  );
  releases
    .command('list')
    .description('list them, newest first')
    .action(async (_, command) => (await import('./commands/releases.ts')).listReleases(context, optionsOf(command)));
  releases
    .command('compare')
    .description('what one has otherwise than another (default: than the live one)')
    .argument('<release>')
    .argument('[other]')
    .action(async (first, second, _, command) =>
      (await import('./commands/releases.ts')).compareReleases(context, optionsOf(command), first, second),
    );
  program
    .command('rollback')
    .description('go back to an earlier release, without a build, and pin it')
    .argument('[release]', 'r11; default: the one that was live before')
    .addOption(service())
    .option('-f, --follow', 'wait until it is live')
    .action(async (named, _, command) =>
      (await import('./commands/rollback.ts')).rollback(context, optionsOf(command), named),
    );
  for (const [name, autoDeploy, about] of [
    ['pin', false, 'keep the live release: pushes build and do not deploy'],
    ['unpin', true, 'let pushes deploy again'],
  ] as const) {
    program
      .command(name)
      .description(about)
      .addOption(service())
      .action(async (_, command) =>
        (await import('./commands/rollback.ts')).setAutoDeploy(context, optionsOf(command), autoDeploy),
      );
  }
  const builds = program
    .command('builds')
    .description('builds of a service')
    .addOption(service())
    .option('--limit <count>', 'at most so many', '20');
  builds.action(async (_, command) => (await import('./commands/builds.ts')).listBuilds(context, optionsOf(command)));
  program
    .command('cancel')
    .description('cancel a build; default: the newest one that has not ended')
    .argument('[build]')
    .addOption(service())
    .action(async (named, _, command) =>
      (await import('./commands/builds.ts')).cancelBuild(context, optionsOf(command), named),
    );
}

function addConfigurationCommands(program: Command, context: Context): void {
  const environment = () => new Option('-e, --environment <environment>', 'project/environment: for all its services');
  const deploy = () => new Option('--deploy', 'make a release with it at once');
  const variables = program
    .command('variables')
    .description('plain settings that a service gets in its environment')
    .addOption(service())
    .addOption(environment());
  const loadVariables = () => import('./commands/variables.ts');
  variables.action(async (_, command) => (await loadVariables()).listVariables(context, optionsOf(command)));
  variables
    .command('list')
    .description('list them')
    .action(async (_, command) => (await loadVariables()).listVariables(context, optionsOf(command)));
  variables
    .command('set')
    .description('set some')
    .argument('<NAME=value...>')
    .addOption(deploy())
    .action(async (pairs, _, command) => (await loadVariables()).setVariables(context, optionsOf(command), pairs));
  variables
    .command('unset')
    .description('remove some')
    .argument('<name...>')
    .addOption(deploy())
    .action(async (names, _, command) => (await loadVariables()).unsetVariables(context, optionsOf(command), names));

  const group = () => new Option('-g, --group <group>', 'the secret group it is in');
  const secrets = program
    .command('secrets')
    .description('values that go in and are never shown again')
    .addOption(service())
    .addOption(environment())
    .addOption(group());
  const loadSecrets = () => import('./commands/secrets.ts');
  secrets.action(async (_, command) => (await loadSecrets()).listSecrets(context, optionsOf(command)));
  secrets
    .command('list')
    .description('names, versions and fingerprints')
    .action(async (_, command) => (await loadSecrets()).listSecrets(context, optionsOf(command)));
  secrets
    .command('set')
    .description('set one; its value comes from standard input')
    .argument('<name>')
    .addOption(deploy())
    .option('--keep-newline', 'keep a newline at the end of the input')
    .action(async (name, _, command) => (await loadSecrets()).setSecret(context, optionsOf(command), name));
  secrets
    .command('unset')
    .description('remove one')
    .argument('<name>')
    .addOption(deploy())
    .action(async (name, _, command) => (await loadSecrets()).unsetSecret(context, optionsOf(command), name));
  secrets
    .command('attach')
    .description('let a service get a group')
    .argument('<group>')
    .action(async (slug, _, command) => (await loadSecrets()).attachSecrets(context, optionsOf(command), slug, true));
  secrets
    .command('detach')
    .description('take a group off a service')
    .argument('<group>')
    .action(async (slug, _, command) => (await loadSecrets()).attachSecrets(context, optionsOf(command), slug, false));
}

function addAccessCommands(program: Command, context: Context): void {
  const load = () => import('./commands/login.ts');
  program
    .command('login')
    .description('keep an address and a token (from standard input) for this user')
    .action(async (_, command) => (await load()).login(context, optionsOf(command)));
  program
    .command('logout')
    .description('forget them')
    .action(async (_, command) => (await load()).logout(context, optionsOf(command)));
  program
    .command('whoami')
    .description('who the API takes you to be')
    .action(async (_, command) => (await load()).whoAmI(context, optionsOf(command)));
}

/** The command's own options and those above it. Commander checked them; the type says what was declared. */
function optionsOf<Options extends GlobalOptions>(command: Command): Options {
  return command.optsWithGlobals<Options>();
}
