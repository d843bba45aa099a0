import { Controller } from '@nestjs/common';
import { endpoints } from '@sconce/contract';
import { findEnvironment, readSecretGroups, type SecretGroupRow, viewServices } from '@sconce/db';
import {
  createSecretGroup,
  deleteSecret,
  deleteSecretGroup,
  deployService,
  listSecrets,
  setSecret,
} from '@sconce/engine';
import { ApiError } from '../endpoint/api-error.ts';
import type { Call } from '../endpoint/call.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { recordedImages } from '../recorded-images.ts';
import { existing } from './existing.ts';

@Controller()
export class SecretsController {
  @Endpoint(endpoints.listSecretGroups)
  async listSecretGroups(call: Call<typeof endpoints.listSecretGroups>) {
    const groups = await groupsOf(call);
    const { after, limit, order } = call.page.listing;
    const sorted = groups.toSorted((a, b) =>
      order === 'newest' ? b.id.localeCompare(a.id) : a.id.localeCompare(b.id),
    );
    const from = after === null ? 0 : sorted.findIndex((group) => group.id === after) + 1;
    return call.page.of(
      sorted.slice(from, from + limit),
      (group) => group.id,
      (group) => group,
    );
  }

  @Endpoint(endpoints.createSecretGroup)
  async createSecretGroup(call: Call<typeof endpoints.createSecretGroup>) {
    const { id } = await createSecretGroup(call.deps, {
      environmentId: call.place.id,
      slug: call.body.slug,
      actor: call.caller.actor,
    });
    call.reply.header('location', `/v1/secret-groups/${id}`);
    return groupOf(call, id);
  }

  @Endpoint(endpoints.getSecretGroup)
  async getSecretGroup(call: Call<typeof endpoints.getSecretGroup>) {
    return groupOf(call, call.place.id);
  }

  @Endpoint(endpoints.deleteSecretGroup)
  async deleteSecretGroup(call: Call<typeof endpoints.deleteSecretGroup>) {
    const group = await groupOf(call, call.place.id);
    await call.ifMatch.check(endpoints.getSecretGroup, async () => group);
    await deleteSecretGroup(call.deps, { groupId: group.id, actor: call.caller.actor });
    return { id: group.id, also: { secrets: group.secrets } };
  }

  @Endpoint(endpoints.listSecrets)
  async listSecrets(call: Call<typeof endpoints.listSecrets>) {
    const { secrets, revision } = await listSecrets(call.deps, call.place.id);
    call.reply.revision(revision);
    const { after, limit } = call.page.listing;
    const from = after === null ? 0 : secrets.findIndex((secret) => secret.name === after) + 1;
    return call.page.of(
      secrets.slice(from, from + limit),
      (secret) => secret.name,
      (secret) => secret,
    );
  }

  @Endpoint(endpoints.getSecret)
  async getSecret(call: Call<typeof endpoints.getSecret>) {
    return secretOf(call, call.params.name);
  }

  @Endpoint(endpoints.putSecret)
  async putSecret(call: Call<typeof endpoints.putSecret>) {
    const { name } = call.params;
    await call.ifMatch.check(endpoints.getSecret, () => secretOf(call, name));
    const { changes } = await setSecret(call.deps, {
      groupId: call.place.id,
      name,
      value: call.body.value,
      actor: call.caller.actor,
    });
    if (changes.some((change) => change.change === 'created')) call.reply.created();
    if (call.query.deploy) await deployUsers(call);
    return secretOf(call, name);
  }

  @Endpoint(endpoints.deleteSecret)
  async deleteSecret(call: Call<typeof endpoints.deleteSecret>) {
    const { name } = call.params;
    await call.ifMatch.check(endpoints.getSecret, () => secretOf(call, name));
    await deleteSecret(call.deps, { groupId: call.place.id, name, actor: call.caller.actor });
    if (call.query.deploy) await deployUsers(call);
    return { id: call.place.id, also: { secrets: 1 } };
  }
}

type AnyCall = Pick<Call, 'deps' | 'place' | 'caller'>;

async function groupsOf(call: AnyCall) {
  const environmentId = call.place.environmentId ?? call.place.id;
  const environment = await existing('environment', findEnvironment(call.deps.db.tx, environmentId));
  const prefix = `${environment.project.slug}/${environment.slug}`;
  const rows: readonly SecretGroupRow[] = await readSecretGroups(call.deps.db.tx, environmentId);
  return rows.map(({ attachedTo, environmentId: id, ...group }) => ({
    ...group,
    environment: { id, slug: environment.slug },
    services: attachedTo.map((slug) => `${prefix}/${slug}`),
  }));
}

async function groupOf(call: AnyCall, id: string) {
  return existing(
    'secret group',
    groupsOf(call).then((groups) => groups.find((group) => group.id === id) ?? null),
  );
}

async function secretOf(call: AnyCall, name: string) {
  const { secrets } = await listSecrets(call.deps, call.place.id);
  const secret = secrets.find((one) => one.name === name);
  if (!secret) throw new ApiError('not_found', 'There is no such secret in this group');
  return secret;
}

/** A new release for each service that has the group and runs something. */
async function deployUsers(call: AnyCall): Promise<void> {
  const group = await groupOf(call, call.place.id);
  const deps = { ...call.deps, imageRegistry: recordedImages(() => call.deps.db) };
  const services = await viewServices(
    call.deps.db.tx,
    { environmentId: group.environment.id },
    { limit: 1_000, after: null, order: 'oldest' },
  );
  for (const service of services) {
    if (group.services.includes(service.path) && (service.desired || service.live))
      await deployService(deps, { serviceId: service.id, cause: 'variables', actor: call.caller?.actor ?? null });
  }
}
