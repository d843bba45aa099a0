import { pack } from 'tar-stream';

export interface ArchivedFile {
  readonly name: string;
  /** Permission bits: 0o755. */
  readonly mode: number;
  readonly content: Buffer;
}

/** A tar archive, as container engines take files. Equal files make equal bytes: it holds no times and no owners. */
export async function makeArchive(files: readonly ArchivedFile[]): Promise<Buffer> {
  const archive = pack();
  for (const { name, mode, content } of files) archive.entry({ name, mode, mtime: new Date(0) }, content);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
