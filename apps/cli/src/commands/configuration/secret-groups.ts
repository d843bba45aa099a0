import { confirmByName } from '../../ask/confirm.ts';
import { connect } from '../../connection/connect.ts';
import type { Context } from '../../context.ts';
import { chooseEnvironment } from '../../place/choose-environment.ts';
import { printDone } from '../../show/print-facts.ts';
import { findGroup, type SecretsOptions } from './secrets.ts';

export async function createSecretGroup(context: Context, options: SecretsOptions, slug: string): Promise<void> {
  const { client } = await connect(context, options);
  const environment = await chooseEnvironment(context, client, options);
  const group = await client.createSecretGroup({ params: { environment }, body: { slug }, signal: context.signal });
  const next = `Set a secret: printf %s "$VALUE" | sconce secrets set NAME --group ${slug}`;
  printDone(context, options, group, slug, `Made secret group ${slug} in ${environment}.`, next);
}

export async function deleteSecretGroup(
  context: Context,
  options: SecretsOptions & { readonly yes?: boolean },
  slug: string,
): Promise<void> {
  const { client } = await connect(context, options);
  const group = await findGroup(context, client, options, slug);
  const lost = [
    `${group.secrets} ${group.secrets === 1 ? 'secret' : 'secrets'} in it; nobody can read them back.`,
    ...(group.services.length === 0 ? [] : [`The next release of ${group.services.join(', ')} goes without them.`]),
  ];
  await confirmByName(context, options, { verb: 'delete', name: group.slug, lost });
  const reply = await client.deleteSecretGroup({ params: { secretGroup: group.id }, signal: context.signal });
  printDone(context, options, reply, group.slug, `Deleted secret group ${group.slug}.`);
}
