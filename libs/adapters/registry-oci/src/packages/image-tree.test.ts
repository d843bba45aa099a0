import type { TarEntry } from '@sconce/foundation';
import { describe, expect, it } from 'vitest';
import { type ImageTree, makeImageTree } from './image-tree.ts';

const base = { isFile: false, isFolder: false, linkTarget: null, sizeBytes: 0, content: null };
const file = (path: string, text: string): TarEntry => {
  const content = Buffer.from(text);
  return { ...base, path, isFile: true, sizeBytes: content.length, content };
};
const folder = (path: string): TarEntry => ({ ...base, path, isFolder: true });
const link = (path: string, linkTarget: string): TarEntry => ({ ...base, path, linkTarget });
const gone = (path: string): TarEntry => file(path, '');

function layers(...all: readonly (readonly TarEntry[])[]): ImageTree {
  const tree = makeImageTree();
  all.forEach((entries, index) => {
    for (const entry of entries) tree.add(index + 1, entry);
  });
  return tree;
}
async function read(tree: ImageTree, path: string, most = 100): Promise<string | null> {
  const found = await tree.files(true).read(path, most);
  return found === null || found === 'too_large' ? found : Buffer.from(found).toString();
}
async function below(tree: ImageTree, path: string): Promise<readonly string[] | null> {
  const found = await tree.files(true).readBelow(path, () => true, 100);
  return found?.files.map((bytes) => Buffer.from(bytes).toString()).sort() ?? null;
}

describe('the layers of an image, one over the other', () => {
  it('show what the last one put there', async () => {
    const tree = layers([folder('etc'), file('etc/a', 'one'), file('etc/b', 'b')], [file('etc/a', 'two')]);
    expect(await read(tree, '/etc/a')).toBe('two');
    expect(await below(tree, '/etc')).toEqual(['b', 'two']);
    expect(await tree.files(true).isFolder('/etc')).toBe(true);
    expect([await read(tree, '/etc'), await read(tree, '/no'), await below(tree, '/etc/a')]).toEqual([
      null,
      null,
      null,
    ]);
  });

  it('hide what a later one took away, and what an opaque folder covers', async () => {
    const lower = [file('a/x', 'x'), file('a/y/z', 'z'), file('b/old', 'old')];
    const tree = layers(lower, [gone('a/.wh.y'), file('b/new', 'new'), gone('b/.wh..wh..opq')]);
    expect(await below(tree, '/a')).toEqual(['x']);
    expect(await below(tree, '/b')).toEqual(['new']);
    expect(await below(layers(lower, [gone('.wh.a')], [file('a/again', 'again')]), '/a')).toEqual(['again']);
  });

  it('put another kind of thing over the one before', async () => {
    expect(await read(layers([file('a/x', 'x')], [file('a', 'file')]), '/a')).toBe('file');
    expect(await read(layers([file('a', 'file')], [file('a/x', 'x')]), '/a/x')).toBe('x');
    expect(await read(layers([file('a', 'file')], [{ ...base, path: 'a' }]), '/a')).toBeNull();
  });

  it('follow links inside of the image, and none out of it', async () => {
    const tree = layers([
      file('usr/lib/x', 'x'),
      link('lib', 'usr/lib'),
      link('absolute', '/usr/lib/x'),
      link('usr/up', '../../../../usr/lib'),
      link('round', 'trip'),
      link('trip', 'round'),
      link('etc', '/'),
    ]);
    expect(await read(tree, '/lib/x')).toBe('x');
    expect(await read(tree, '/absolute')).toBe('x');
    expect(await read(tree, '/usr/up/x')).toBe('x');
    expect(await read(tree, '/etc/etc/usr/lib/x')).toBe('x');
    expect([await read(tree, '/round'), await below(tree, '/round')]).toEqual([null, null]);
    // What a later layer puts behind a link is put where that leads.
    tree.add(2, file('lib/y', 'y'));
    expect(await below(tree, '/usr/lib')).toEqual(['x', 'y']);
  });

  it('say what is too large, and what was not kept', async () => {
    const tree = layers([file('a', 'four'), { ...base, path: 'b', isFile: true, sizeBytes: 9 }, file('empty', '')]);
    expect([await read(tree, '/a', 4), await read(tree, '/a', 3)]).toEqual(['four', 'too_large']);
    expect([await read(tree, '/b', 100), await read(tree, '/empty', 0)]).toEqual(['too_large', '']);
  });

  it('take no name that climbs', async () => {
    const tree = layers([file('../out', 'x'), file('a/../../b', 'x'), folder('')]);
    expect(await below(tree, '/')).toEqual([]);
  });
});
