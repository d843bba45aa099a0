import { ApiProblem, type SecretGroup } from '@sconce/contract';
import { client } from '../../api/client.ts';

/** On the page of a service: which groups it gets, and the way to change that. */
export interface Attached {
  /** By its path. */
  readonly service: string;
  readonly slugs: readonly string[];
  change(slugs: readonly string[]): Promise<unknown>;
}

export interface NewSecret {
  readonly group: string;
  readonly name: string;
  readonly value: string;
  readonly deploy: boolean;
  /** The version that the page showed; 0: none of this name. */
  readonly seenVersion: number;
}

/** Somebody set it, or took it away, since it was shown. Nothing was sent. */
export class SecretOvertaken extends Error {}

/**
 * Into a group that stands, or one that is made for it; a service gets a group that was made on its page, before the value is set, so that a release made
 * with it has it. Throws `SecretOvertaken`.
 */
export async function setSecret(
  environment: { readonly id: string },
  groups: readonly SecretGroup[],
  attached: Attached | undefined,
  { group, name, value, deploy, seenVersion }: NewSecret,
): Promise<void> {
  const standing = groups.find(({ slug }) => slug === group);
  const etag = standing ? await tagOf(standing.id, name, seenVersion) : null;
  const { id } =
    standing ?? (await client.createSecretGroup({ params: { environment: environment.id }, body: { slug: group } }));
  if (attached && !attached.slugs.includes(group)) await attached.change([...attached.slugs, group]);
  await client.putSecret({
    params: { secretGroup: id, name },
    body: { value },
    query: { deploy },
    ...(etag === null ? {} : { ifMatch: etag }),
  });
}

/** ETag of the secret as it was seen. Null: there is none, as was seen. */
async function tagOf(secretGroup: string, name: string, seenVersion: number): Promise<string | null> {
  try {
    const { body, headers } = await client.respond('getSecret', { params: { secretGroup, name } });
    if (body.version !== seenVersion) throw new SecretOvertaken(name);
    return headers.get('etag');
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 404) throw error;
    if (seenVersion > 0) throw new SecretOvertaken(name);
    return null;
  }
}
