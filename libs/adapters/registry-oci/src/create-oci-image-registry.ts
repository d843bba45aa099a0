import type { ImageRegistry, StoredImage } from '@sconce/ports';
import type { Credentials } from './api/authorize.ts';
import { createDistributionApi, type DistributionApi } from './api/distribution-api.ts';
import { toRegistryAddress } from './api/registry-address.ts';
import { type ImageConfig, labelsOf, manifestTypes, toBuiltImage, toStoredImage } from './image-documents.ts';
import { isDigest, readDocuments } from './read-documents.ts';
import { RegistryUnavailable } from './registry-unavailable.ts';

export interface OciImageRegistryOptions {
  /** `registry.example:5000`, or a path in it: `registry.example/team`; `http://` before it for one without TLS. */
  readonly registry: string;
  /** Null where the registry asks for none. */
  readonly credentials: Credentials | null;
  /** The installation: its images lie in the repository `sconce-<home>`, and only those that it built are listed and removed. */
  readonly home: string;
}

export interface OciImageRegistry extends ImageRegistry {
  readonly repository: string;
  /** Whether a repository of the same registry has this tag: `sconce-<home>-cache`. */
  hasTag(repository: string, tag: string): Promise<boolean>;
}

export const imagesRepository = (home: string): string => `sconce-${home}`;

const tagsAtOnce = 8;
const tagsOfAPage = 1000;

/**
 * Images in a registry that speaks the OCI distribution API. A registry does not know what runs: `remove` takes an image that is in use as well,
 * and its caller has to know better.
 */
export function createOciImageRegistry(options: OciImageRegistryOptions): OciImageRegistry {
  const { registry, credentials, home } = options;
  const apiOf = (repository: string) => createDistributionApi(toRegistryAddress(registry, repository), credentials);
  const api = apiOf(imagesRepository(home));
  /** What an image is does not change: only new ones are read. */
  let known = new Map<string, StoredImage | null>();

  async function readStored(digest: string): Promise<StoredImage | null> {
    const image = known.get(digest);
    if (image !== undefined) return image;
    const documents = await readDocuments(api, digest);
    return documents !== null && isOurs(documents.config, home) ? toStoredImage(documents) : null;
  }

  return {
    repository: imagesRepository(home),
    inspect: async (digest) => {
      const documents = isDigest(digest) ? await readDocuments(api, digest) : null;
      return documents === null ? null : toBuiltImage(documents);
    },
    list: async () => {
      const digests = new Set(await inTurns(await listTags(api), (tag) => readDigest(api, tag)));
      digests.delete(null);
      const images = await inTurns(
        [...digests] as string[],
        async (digest) => [digest, await readStored(digest)] as const,
      );
      known = new Map(images);
      return [...known.values()].filter((image) => image !== null);
    },
    remove: async (digest) => {
      const documents = isDigest(digest) ? await readDocuments(api, digest) : null;
      if (documents === null) return true;
      if (!isOurs(documents.config, home)) return false;
      await api(`remove image ${digest}`, { method: 'DELETE', path: `manifests/${digest}` }, [404]);
      return true;
    },
    hasTag: async (repository, tag) => (await readDigest(apiOf(repository), tag)) !== null,
  };
}

function isOurs(config: ImageConfig, home: string): boolean {
  const labels = labelsOf(config);
  return labels['sconce.build'] !== undefined && labels['sconce.home'] === home;
}

/** What a tag stands for; null where it was removed meanwhile. */
async function readDigest(api: DistributionApi, tag: string): Promise<string | null> {
  const request = { method: 'HEAD', path: `manifests/${tag}`, accept: manifestTypes.join(', ') } as const;
  const { headers, status } = await api(`read tag ${tag}`, request, [404]);
  return status === 404 ? null : headers.get('docker-content-digest');
}

async function listTags(api: DistributionApi): Promise<readonly string[]> {
  const tags: string[] = [];
  let path: string | null = `tags/list?n=${tagsOfAPage}`;
  while (path !== null) {
    const { status, headers, body }: Awaited<ReturnType<DistributionApi>> = await api(
      'list images',
      { method: 'GET', path },
      [404],
    );
    // Nothing was ever pushed there.
    if (status === 404) return tags;
    tags.push(...toTags(body));
    path = toNextPath(headers.get('link'));
  }
  return tags;
}

function toTags(body: Buffer): readonly string[] {
  try {
    return (JSON.parse(body.toString('utf8')) as { tags?: readonly string[] | null }).tags ?? [];
  } catch (cause) {
    throw new RegistryUnavailable('could not list images: the registry answered no list of tags', { cause });
  }
}

/** Of its own host only: the next page is asked for with the same credentials. */
function toNextPath(link: string | null): string | null {
  const target = /<([^>]+)>\s*;\s*rel="?next"?/i.exec(link ?? '')?.[1];
  if (target === undefined || !URL.canParse(target, 'https://registry.invalid')) return null;
  const { pathname, search } = new URL(target, 'https://registry.invalid');
  return `${pathname}${search}`;
}

/** A registry far away answers slowly, and one at hand should not be flooded. */
async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += tagsAtOnce)
    results.push(...(await Promise.all(items.slice(at, at + tagsAtOnce).map(work))));
  return results;
}
