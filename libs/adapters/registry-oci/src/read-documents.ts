import { createHash } from 'node:crypto';
import type { DistributionApi } from './api/distribution-api.ts';
import { type ImageConfig, type ImageDocuments, type ImageManifest, manifestTypes } from './image-documents.ts';
import { RegistryUnavailable } from './registry-unavailable.ts';

export const isDigest = (text: string): boolean => /^sha256:[0-9a-f]{64}$/.test(text);

/** Null where there is no such image. */
export async function readDocuments(api: DistributionApi, digest: string): Promise<ImageDocuments | null> {
  const attempt = `read image ${digest}`;
  const accept = manifestTypes.join(', ');
  const answer = await api(attempt, { method: 'GET', path: `manifests/${digest}`, accept }, [404]);
  if (answer.status === 404) return null;
  const type = answer.headers.get('content-type')?.split(';')[0]?.trim() ?? '';
  if (!manifestTypes.some((one) => one === type)) return null;
  const manifest = parse<ImageManifest>(attempt, answer.body, digest);
  const config = await api(attempt, { method: 'GET', path: `blobs/${manifest.config.digest}` }, [404]);
  // The manifest may stay behind for a moment where an image is being removed.
  if (config.status === 404) return null;
  return { digest, manifest, config: parse<ImageConfig>(attempt, config.body, manifest.config.digest) };
}

/** A digest says what the bytes must be: a cache between that answers others is not believed. */
function parse<T>(attempt: string, body: Buffer, digest: string): T {
  const actual = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  if (actual !== digest)
    throw new RegistryUnavailable(`could not ${attempt}: the registry answered ${actual} for ${digest}`);
  return JSON.parse(body.toString('utf8')) as T;
}
