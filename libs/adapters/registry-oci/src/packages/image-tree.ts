import type { ImageFiles } from '@sconce/core';
import type { TarEntry } from '@sconce/foundation';

/** A folder, a file with what was kept of it, or a link. */
type Node =
  | { readonly kind: 'folder'; readonly layer: number; readonly children: Map<string, Node> }
  | { readonly kind: 'file'; readonly layer: number; readonly sizeBytes: number; readonly content: Uint8Array | null }
  | { readonly kind: 'link'; readonly layer: number; readonly target: string };
type Folder = Extract<Node, { kind: 'folder' }>;

/** As many links as a kernel follows (path_resolution(7)). */
const maxLinks = 40;
/** OCI image layer specification, "Whiteouts". */
const whiteout = '.wh.';
const opaque = '.wh..wh..opq';

/** What the layers of an image come to, one put over the other: names of all, and the content of a few. */
export interface ImageTree {
  /** Layers from the lowest on, each numbered higher than the one before. */
  add(layer: number, entry: TarEntry): void;
  /** `isWhole`: nothing was left out. */
  files(isWhole: boolean): ImageFiles;
}

export function makeImageTree(): ImageTree {
  const root: Folder = { kind: 'folder', layer: 0, children: new Map() };

  /** Links are followed inside of the image: `..` does not lead above its root. Null where there is nothing. */
  function find(path: string): { readonly node: Node; readonly steps: readonly string[] } | null {
    let left = toSteps(path);
    let trail: { readonly name: string; readonly folder: Folder }[] = [];
    let node: Node = root;
    for (let links = 0; left.length > 0; ) {
      const [step = '', ...rest] = left;
      left = rest;
      if (step === '..') {
        trail = trail.slice(0, -1);
        node = trail.at(-1)?.folder ?? root;
        continue;
      }
      if (node.kind !== 'folder') return null;
      const next: Node | undefined = node.children.get(step);
      if (next === undefined) return null;
      if (next.kind === 'link') {
        links += 1;
        if (links > maxLinks) return null;
        left = [...toSteps(next.target), ...left];
        if (next.target.startsWith('/')) [trail, node] = [[], root];
        continue;
      }
      if (next.kind === 'folder') trail = [...trail, { name: step, folder: next }];
      else if (left.length > 0) return null;
      node = next;
    }
    return { node, steps: trail.map(({ name }) => name) };
  }

  /** Where an entry is put; made where a layer names no folder for it. */
  function folderFor(steps: readonly string[], layer: number): Folder {
    const found = find(steps.join('/'));
    if (found?.node.kind === 'folder') return found.node;
    const parent = steps.length > 1 ? folderFor(steps.slice(0, -1), layer) : root;
    const made: Folder = { kind: 'folder', layer, children: new Map() };
    parent.children.set(steps.at(-1) ?? '', made);
    return made;
  }

  return {
    add(layer, { path, isFile, isFolder, linkTarget, sizeBytes, content }) {
      const steps = toSteps(path);
      const name = steps.at(-1);
      if (name === undefined || steps.includes('..')) return;
      const folder = steps.length > 1 ? folderFor(steps.slice(0, -1), layer) : root;
      if (name === opaque) {
        for (const [child, node] of folder.children) if (node.layer < layer) folder.children.delete(child);
      } else if (name.startsWith(whiteout)) folder.children.delete(name.slice(whiteout.length));
      else if (isFolder) {
        const standing = folder.children.get(name);
        const children = standing?.kind === 'folder' ? standing.children : new Map<string, Node>();
        folder.children.set(name, { kind: 'folder', layer, children });
      } else if (linkTarget !== null) folder.children.set(name, { kind: 'link', layer, target: linkTarget });
      else if (isFile) folder.children.set(name, { kind: 'file', layer, sizeBytes, content });
      else folder.children.delete(name);
    },
    files: (isWhole) => ({
      async read(path, maxBytes) {
        const node = find(path)?.node;
        if (node?.kind !== 'file') return null;
        const isKept = node.sizeBytes === (node.content?.length ?? 0);
        return node.sizeBytes > maxBytes || !isKept ? 'too_large' : (node.content ?? new Uint8Array());
      },
      isFolder: async (path) => find(path)?.node.kind === 'folder',
      async readBelow(path, isWanted, maxBytes) {
        const node = find(path)?.node;
        if (node?.kind !== 'folder') return null;
        const files = [...filesBelow(node, '')]
          .filter((file) => isWanted(file.path))
          .map(({ content }) => (content ?? new Uint8Array()).subarray(0, maxBytes));
        return { files, isWhole };
      },
    }),
  };
}

function* filesBelow(folder: Folder, prefix: string): Generator<{ path: string; content: Uint8Array | null }> {
  for (const [name, node] of folder.children) {
    if (node.kind === 'file') yield { path: `${prefix}${name}`, content: node.content };
    if (node.kind === 'folder') yield* filesBelow(node, `${prefix}${name}/`);
  }
}

const toSteps = (path: string): string[] => path.split('/').filter((step) => step !== '' && step !== '.');
