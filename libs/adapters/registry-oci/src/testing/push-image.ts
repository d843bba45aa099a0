import { createHash, randomBytes } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';

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
  const settings = { Labels: labels, ExposedPorts: { '8000/tcp': {}, '53/udp': {} } };
  const image = await pushLayers(repository, tag, [{ content, packing: 'gzip' }], settings);
  return { ...image, layerId: digestOf(content) };
}

export interface Layer {
  /** An archive. */
  readonly content: Buffer;
  readonly packing: 'gzip' | 'zstd' | 'none';
}

const packings = {
  gzip: { suffix: '+gzip', pack: (content: Buffer) => gzipSync(content) },
  zstd: { suffix: '+zstd', pack: (content: Buffer) => zstdCompressSync(content) },
  none: { suffix: '', pack: (content: Buffer) => content },
};

export async function pushLayers(
  repository: string,
  tag: string,
  layers: readonly Layer[],
  settings: object,
): Promise<Omit<PushedImage, 'layerId'>> {
  const packed = layers.map(({ content, packing }) => packings[packing].pack(content));
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      created: '2026-01-02T03:04:05.678901234Z',
      config: settings,
      rootfs: { type: 'layers', diff_ids: layers.map(({ content }) => digestOf(content)) },
      history: [
        { created_by: 'ENV A=1', empty_layer: true },
        ...layers.map(() => ({ created_by: 'COPY app /app' })),
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
    layers: packed.map((bytes, index) =>
      described(`application/vnd.oci.image.layer.v1.tar${packings[layers[index]?.packing ?? 'none'].suffix}`, bytes),
    ),
  });
  for (const blob of [config, ...packed]) await pushBlob(repository, blob);
  await put(`${repository}/manifests/${tag}`, type, manifest);
  const layerBytes = packed.reduce((sum, { length }) => sum + length, 0);
  return { digest: digestOf(Buffer.from(manifest)), sizeBytes: config.length + layerBytes, layerBytes };
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
