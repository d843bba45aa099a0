import type { Client, Secret, SecretGroup } from '@sconce/contract';
import { askLine, canAsk } from '../../ask/ask-line.ts';
import { readHiddenValue } from '../../ask/read-hidden-value.ts';
import { connect } from '../../connection/connect.ts';
import type { Context, GlobalOptions } from '../../context.ts';
import { CliFailure, exitCodes } from '../../exit-code.ts';
import { chooseEnvironment } from '../../place/choose-environment.ts';
import { chooseService } from '../../place/choose-service.ts';
import { printDone } from '../../show/print-facts.ts';
import { readList } from '../../show/print-list.ts';
import { table } from '../../terminal/table.ts';
import { age } from '../../terminal/times.ts';

export interface SecretsOptions extends GlobalOptions {
  readonly service?: string;
  /** `project/environment` */
  readonly environment?: string;
  readonly project?: string;
  readonly group?: string;
  readonly deploy?: boolean;
  readonly keepNewline?: boolean;
}

/** Names, versions and fingerprints. Nothing here, and nothing behind it, can show a value. */
export async function listSecrets(context: Context, options: SecretsOptions): Promise<void> {
  const { client } = await connect(context, options);
  const { terminal } = context;
  const groups = (await groupsOf(context, client, options)).filter(
    ({ slug }) => options.group === undefined || slug === options.group,
  );
  const data = await Promise.all(
    groups.map(async (group) => ({
      ...group,
      items: await secretsIn(context, client, group.id),
    })),
  );
  if (options.json) return terminal.json({ data, page: { next: null } });
  if (terminal.quiet) {
    for (const { slug, items } of data) for (const { name } of items) terminal.line(`${slug}/${name}`);
    return;
  }
  if (data.length === 0)
    return terminal.line('No secret groups. Set a secret: printf %s "$TOKEN" | sconce secrets set TOKEN --group hub');
  const now = Date.now();
  for (const group of data) {
    terminal.line(
      `${terminal.colours.bold(group.slug)}  ${group.services.length > 0 ? `attached to ${group.services.join(', ')}` : 'attached to no service'}`,
    );
    for (const row of table(
      group.items.map((secret) => [
        `  ${secret.name}`,
        `v${secret.version}`,
        secret.fingerprint,
        age(secret.updatedAt, now),
      ]),
    ))
      terminal.line(row);
  }
}

/** Takes the value from standard input, and makes the group when it is not there, after saying so. */
export async function setSecret(context: Context, options: SecretsOptions, name: string): Promise<void> {
  const { client } = await connect(context, options);
  const { terminal, signal } = context;
  if (name.includes('='))
    throw new CliFailure('A secret’s value is not an argument: others on this machine can see those', {
      exitCode: exitCodes.usage,
      code: 'invalid',
      hint: 'printf %s "$VALUE" | sconce secrets set NAME --group GROUP',
    });
  const slug = await wantedGroup(context, options);
  const environment = await chooseEnvironment(context, client, options);
  const value = await readHiddenValue(context, `Value for ${name}`, options.keepNewline);
  const standing = (await groupsOf(context, client, { ...options, environment })).find((group) => group.slug === slug);
  if (!standing && !options.json) terminal.note(`Making secret group ${slug} in ${environment}`);
  const group = standing ?? (await client.createSecretGroup({ params: { environment }, body: { slug }, signal }));
  const secret = await client.putSecret({
    params: { secretGroup: group.id, name },
    query: options.deploy ? { deploy: true } : {},
    body: { value },
    signal,
  });
  const said = `${name} in ${slug} is version ${secret.version}, fingerprint ${secret.fingerprint}. ${effect(options)}`;
  const next = group.services.length === 0 ? [`No service gets it yet: sconce secrets attach ${slug}`] : [];
  printDone(context, options, secret, `${slug}/${name}`, said, ...next);
}

export async function unsetSecret(context: Context, options: SecretsOptions, name: string): Promise<void> {
  const { client } = await connect(context, options);
  const group = await findGroup(context, client, options, await wantedGroup(context, options));
  const reply = await client.deleteSecret({
    params: { secretGroup: group.id, name },
    query: options.deploy ? { deploy: true } : {},
    signal: context.signal,
  });
  printDone(context, options, reply, `${group.slug}/${name}`, `Removed ${name} from ${group.slug}. ${effect(options)}`);
}

export async function attach(context: Context, options: SecretsOptions, slug: string): Promise<void> {
  return attachSecrets(context, options, slug, true);
}

export async function detach(context: Context, options: SecretsOptions, slug: string): Promise<void> {
  return attachSecrets(context, options, slug, false);
}

/** Attaches a group to a service, or takes it off. */
async function attachSecrets(
  context: Context,
  options: SecretsOptions,
  slug: string,
  attached: boolean,
): Promise<void> {
  const { client } = await connect(context, options);
  const { signal } = context;
  const service = await chooseService(context, client, options.service);
  const others = service.secretGroups.filter((group) => group !== slug);
  const secretGroups = attached ? [...others, slug] : others;
  const reply = await client.updateService({
    params: { service: service.id },
    body: { secretGroups },
    ifMatch: `"${service.version}"`,
    signal,
  });
  const said = `${service.path} ${attached ? 'gets' : 'no longer gets'} ${slug} with its next release.`;
  printDone(context, options, reply, service.path, said);
}

async function groupsOf(context: Context, client: Client, options: SecretsOptions): Promise<SecretGroup[]> {
  const environment = await chooseEnvironment(context, client, options);
  const { data } = await readList({ limit: 'all' }, (query) =>
    client.listSecretGroups({ params: { environment }, query, signal: context.signal }),
  );
  return [...data];
}

async function secretsIn({ signal }: Context, client: Client, secretGroup: string): Promise<readonly Secret[]> {
  const params = { secretGroup };
  return (await readList({ limit: 'all' }, (query) => client.listSecrets({ params, query, signal }))).data;
}

export async function findGroup(
  context: Context,
  client: Client,
  options: SecretsOptions,
  slug: string,
): Promise<SecretGroup> {
  const group = (await groupsOf(context, client, options)).find(
    (candidate) => candidate.slug === slug || candidate.id === slug,
  );
  if (!group)
    throw new CliFailure(`There is no secret group ${slug}`, {
      exitCode: exitCodes.notFound,
      code: 'not_found',
      hint: 'See them: sconce secrets list',
    });
  return group;
}

async function wantedGroup(context: Context, options: SecretsOptions): Promise<string> {
  if (options.group) return options.group;
  const answer = canAsk(context) ? await askLine(context, 'Group it belongs to') : '';
  if (answer !== '') return answer;
  throw new CliFailure('Name the group: --group <name>', {
    exitCode: exitCodes.usage,
    code: 'no_group',
    hint: 'A group is a named set that services ask for; any name will do, and it is made when it is not there.',
  });
}

function effect(options: SecretsOptions): string {
  return options.deploy
    ? 'Releases with it are being made: sconce status'
    : 'The next release takes it up; make one now with --deploy.';
}
