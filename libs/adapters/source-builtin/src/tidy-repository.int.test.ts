import { readFile, writeFile } from 'node:fs/promises';
import { newId } from '@sconce/foundation';
import { gitFixture, temporaryDirectory } from '@sconce/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRepository, tidyRepository } from './repository-store.ts';

describe('tidyRepository', () => {
  let folder: ReturnType<typeof temporaryDirectory>;
  beforeEach(() => {
    folder = temporaryDirectory('tidy');
  });
  afterEach(() => folder.remove());

  it('packs loose objects when there are many, while pushes go on, and is done when it says so', async () => {
    const directory = await createRepository(folder.path, newId('rpo'));
    const fixture = gitFixture(directory);
    const loose = async () => Number(/^count: (\d+)/.exec(await fixture.git(['count-objects', '-v']))?.[1]);
    const many = Array.from({ length: 3_000 }, (_, index) => [`file-${index}`, `content ${index}`] as const);
    await writeFile(`${folder.path}/list`, many.map(([name]) => `${folder.path}/${name}\n`).join(''));
    await Promise.all(many.map(([name, content]) => writeFile(`${folder.path}/${name}`, content)));
    const blobs = (
      await fixture.git(
        ['-c', 'core.fsync=none', 'hash-object', '-w', '--stdin-paths'],
        await readFile(`${folder.path}/list`),
      )
    )
      .split('\n')
      .map((object, index) => ({ mode: '100644', name: many[index]?.[0] ?? '', object }));
    const sha = await fixture.commitTree(await fixture.rawTree(blobs.sort((a, b) => (a.name < b.name ? -1 : 1))));
    await fixture.updateRef('refs/heads/main', sha);
    expect(await loose()).toBeGreaterThan(3_000);

    const tidied = tidyRepository(directory, AbortSignal.timeout(240_000));
    const pushed = [];
    for (let number = 0; number < 10; number += 1)
      pushed.push(await fixture.commit({ ref: `refs/heads/b${number}`, files: { a: `${number}` } }));
    await tidied;
    expect(await loose()).toBeLessThan(100);
    expect(await fixture.git(['rev-parse', 'refs/heads/main'])).toBe(sha);
    for (const [number, { sha: head }] of pushed.entries())
      expect(await fixture.git(['rev-parse', `refs/heads/b${number}`])).toBe(head);
    expect(await fixture.git(['fsck', '--connectivity-only'])).not.toMatch(/missing|broken/);
  });

  it('leaves a repository with little in it as it is', async () => {
    const directory = await createRepository(folder.path, newId('rpo'));
    const fixture = gitFixture(directory);
    await fixture.commit({ ref: 'refs/heads/main', files: { a: '1' } });
    await tidyRepository(directory, AbortSignal.timeout(240_000));
    expect(await fixture.git(['count-objects'])).toMatch(/^3 objects/);
  });
});
