import { createHash, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';

const type = 'application/vnd.oci.image.manifest.v1+json';
const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export interface PushedImage {
  readonly digest: string;
  readonly layerId: string;
  readonly sizeBytes: number;
  readonly layerBytes: number;
}

/** An image of one small layer, pushed as any client pushes it. `repository` is its URL: `http://127.0.0.1:7690/v2/name`. */
export async function pushImage(
  repository: string,
  tag: string,
  labels: Readonly<Record<string, string>>,
): Promise<PushedImage> {
  const content = randomBytes(600);
  const layer = gzipSync(content);
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      created: '2026-01-02T03:04:05.678901234Z',
      config: { Labels: labels, ExposedPorts: { '8000/tcp': {}, '53/udp': {} } },
      rootfs: { type: 'layers', diff_ids: [digestOf(content)] },
      history: [
        { created_by: 'ENV A=1', empty_layer: true },
        { created_by: 'COPY app /app' },
        { created_by: 'EXPOSE 8000', empty_layer: true },
      ],
    }),
  );
  const described = (mediaType: string, bytes: Buffer) => ({
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
  });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: type,
    config: described('application/vnd.oci.image.config.v1+json', config),
    layers: [described('application/vnd.oci.image.layer.v1.tar+gzip', layer)],
  });
  for (const blob of [config, layer]) await pushBlob(repository, blob);
  await put(`${repository}/manifests/${tag}`, type, manifest);
  return {
    digest: digestOf(Buffer.from(manifest)),
    layerId: digestOf(content),
    sizeBytes: config.length + layer.length,
    layerBytes: layer.length,
  };
}

async function pushBlob(repository: string, blob: Buffer): Promise<void> {
  const begun = await fetch(`${repository}/blobs/uploads/`, { method: 'POST' });
  const target = new URL(begun.headers.get('location') ?? '', repository);
  target.searchParams.set('digest', digestOf(blob));
  await put(target.href, 'application/octet-stream', new Uint8Array(blob));
}

async function put(url: string, contentType: string, body: BodyInit): Promise<void> {
  const answer = await fetch(url, { method: 'PUT', headers: { 'content-type': contentType }, body });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
}
