import { isSlug } from '@sconce/core';
import {
  appendEvent,
  findSecretGroups,
  lockSecretGroup,
  lockVariableOwner,
  putSecretGroup,
  readSecretGroups,
  removeSecretGroup,
  type SecretGroupRow,
  setAttachedSecretGroups,
} from '@sconce/db';
import type { Actor, Deps } from '../deps.ts';
import { Rejection } from '../rejection.ts';

/** Makes a named set of secrets in an environment. Throws `Rejection`: not_found, invalid, already_exists. */
export async function createSecretGroup(
  deps: Deps,
  input: { readonly environmentId: string; readonly slug: string; readonly actor: Actor },
): Promise<{ readonly id: string }> {
  const { environmentId, slug, actor } = input;
  if (!isSlug(slug)) {
    const message = 'A slug holds lower-case letters, digits and -, and has at most 40 characters';
    throw new Rejection('invalid', message, { errors: [{ path: 'slug', code: 'invalid_slug', message }] });
  }
  return deps.db.transaction(async (tx) => {
    const place = await lockVariableOwner(tx, { environmentId, serviceId: null });
    if (!place) throw new Rejection('not_found', 'No such environment');
    const group = await putSecretGroup(tx, environmentId, slug);
    if (!group.created) throw new Rejection('already_exists', `${place.environmentSlug} has a secret group ${slug}`);
    await appendEvent(tx, {
      type: 'secret_group.created',
      projectId: place.projectId,
      environmentId,
      subjectId: group.id,
      data: { slug },
      actor,
    });
    return { id: group.id };
  });
}

/** Takes a group and its secrets away. Refused while services want it, since their next release could not be made. */
export async function deleteSecretGroup(
  deps: Deps,
  input: { readonly groupId: string; readonly actor: Actor },
): Promise<void> {
  await deps.db.transaction(async (tx) => {
    const group = await lockSecretGroup(tx, input.groupId);
    if (!group) throw new Rejection('not_found', 'No such secret group');
    const users = (await readSecretGroups(tx, group.environmentId)).find(({ id }) => id === group.id)?.attachedTo ?? [];
    if (users.length > 0) {
      throw new Rejection('conflict', `The secret group ${group.slug} is attached to ${users.slice(0, 5).join(', ')}`, {
        hint: 'Detach it there first.',
      });
    }
    await removeSecretGroup(tx, group.id);
    const { projectId, environmentId, slug } = group;
    await appendEvent(tx, {
      type: 'secret_group.removed',
      projectId,
      environmentId,
      subjectId: group.id,
      data: { slug },
      actor: input.actor,
    });
  });
}

export async function listSecretGroups(deps: Deps, environmentId: string): Promise<readonly SecretGroupRow[]> {
  return readSecretGroups(deps.db.tx, environmentId);
}

export interface AttachSecretGroups {
  readonly environmentId: string;
  readonly serviceId: string;
  /** The whole list, lowest first: of one name in two groups the later group's value stands. */
  readonly groups: readonly string[];
  readonly actor: Actor;
}

/** Sets which groups a service gets with its next release. Throws `Rejection`: not_found, invalid (groups that are not there). */
export async function attachSecretGroups(deps: Deps, input: AttachSecretGroups): Promise<void> {
  const groups = [...new Set(input.groups)];
  await deps.db.transaction(async (tx) => {
    const place = await lockVariableOwner(tx, input);
    if (!place) throw new Rejection('not_found', 'No such service');
    const known = new Set((await findSecretGroups(tx, input.environmentId, groups)).map(({ slug }) => slug));
    const errors = groups.flatMap((slug, index) =>
      known.has(slug)
        ? []
        : [
            {
              path: `secretGroups[${index}]`,
              code: 'unknown_group',
              message: `${place.environmentSlug} has no secret group ${slug.slice(0, 60)}`,
            },
          ],
    );
    if (errors.length > 0)
      throw new Rejection('invalid', errors[0]?.message ?? '', {
        errors,
        hint: 'Make the group first, or take it off the list.',
      });
    await setAttachedSecretGroups(tx, input.serviceId, groups);
    await appendEvent(tx, {
      type: 'service.secret_groups_changed',
      projectId: place.projectId,
      environmentId: input.environmentId,
      serviceId: input.serviceId,
      subjectId: input.serviceId,
      data: { groups },
      actor: input.actor,
    });
  });
}
