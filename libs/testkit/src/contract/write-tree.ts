import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Path to content; `{ link }` makes a symbolic link, `{ program }` an executable file. */
export type Tree = Readonly<
  Record<string, string | Uint8Array | { readonly link: string } | { readonly program: string | Uint8Array }>
>;

export async function writeTree(directory: string, tree: Tree): Promise<void> {
  for (const [path, content] of Object.entries(tree)) {
    const target = join(directory, path);
    await mkdir(dirname(target), { recursive: true });
    if (typeof content === 'string' || content instanceof Uint8Array) await writeFile(target, content);
    else if ('link' in content) await symlink(content.link, target);
    else await writeFile(target, content.program).then(() => chmod(target, 0o755));
  }
}
