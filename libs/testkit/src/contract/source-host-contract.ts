import { lstat, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceHost, SourceRepository } from '@sconce/ports';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FixtureCommit, GitFixture } from '../git/git-fixture.ts';
import { temporaryDirectory } from '../servers/local-process.ts';

export interface SourceHostUnderTest {
  readonly host: SourceHost;
  readonly repository: SourceRepository;
  /** A repository that the host does not have. */
  readonly missing: SourceRepository;
  /** Makes a commit known to the host, and moves `ref` to it when one is given. */
  commit(change: FixtureCommit): Promise<{ readonly sha: string; readonly tree: string }>;
  /** The bare repository behind the host, for trees that git itself would refuse; null for a host without one. */
  readonly fixture: GitFixture | null;
  close(): Promise<void>;
}

/** Cases that a host may be excused from, each with its reason. */
export type SourceHostDifference = 'hostile_trees' | 'annotated_tags' | 'links_as_files';

const never = new AbortController().signal;
const unknownSha = '1234567890123456789012345678901234567890';

/** What every source host must do. `differences` names what this one cannot, and why. */
export function sourceHostContract(
  name: string,
  make: () => Promise<SourceHostUnderTest>,
  differences: Partial<Record<SourceHostDifference, string>> = {},
): void {
  describe(`${name} as a source host`, () => {
    let subject: SourceHostUnderTest;
    beforeAll(async () => {
      subject = await make();
    });
    afterAll(() => subject?.close());

    /** Checks out into a new folder, hands it to `look`, and removes it. */
    const checkedOut = async <T>(
      sha: string,
      look: (path: string, notes: readonly string[]) => Promise<T>,
    ): Promise<T> => {
      const into = temporaryDirectory('checkout');
      try {
        const notes = await subject.host.checkOut(subject.repository, sha, into.path, never);
        return await look(into.path, notes);
      } finally {
        into.remove();
      }
    };
    const rejected = async (sha: string): Promise<void> => {
      const into = temporaryDirectory('checkout');
      const attempt = subject.host.checkOut(subject.repository, sha, into.path, never);
      await expect(attempt).rejects.toMatchObject({ name: 'SourceRejected' });
      into.remove();
    };

    describe('refs', () => {
      it('finds what a full ref points to now', async () => {
        const first = await subject.commit({ ref: 'refs/heads/moves', files: { a: '1' } });
        expect(await subject.host.resolveRef(subject.repository, 'refs/heads/moves', never)).toBe(first.sha);
        const second = await subject.commit({ ref: 'refs/heads/moves', files: { a: '2' }, parent: first.sha });
        expect(await subject.host.resolveRef(subject.repository, 'refs/heads/moves', never)).toBe(second.sha);
      });

      it('tells branches from tags of the same name', async () => {
        const branch = await subject.commit({ ref: 'refs/heads/same', files: { a: 'branch' } });
        const tag = await subject.commit({ ref: 'refs/tags/same', files: { a: 'tag' } });
        expect(await subject.host.resolveRef(subject.repository, 'refs/heads/same', never)).toBe(branch.sha);
        expect(await subject.host.resolveRef(subject.repository, 'refs/tags/same', never)).toBe(tag.sha);
      });

      it.skipIf(differences.annotated_tags !== undefined)('follows an annotated tag to its commit', async () => {
        const { sha } = await subject.commit({ files: { a: 'tagged' } });
        await subject.fixture?.git(['tag', '-a', 'v1', '-m', 'Version 1', sha]);
        expect(await subject.host.resolveRef(subject.repository, 'refs/tags/v1', never)).toBe(sha);
      });

      it.each([
        'refs/heads/none',
        'refs/heads/mov',
        'refs/heads',
        'main',
        '--help',
        'refs/heads/moves^{tree}',
        'refs/heads/moves~0',
        'refs/heads/../heads/moves',
        'refs/heads/$(id)',
        'refs/heads/a b',
        '',
      ])('answers null for the ref %j', async (ref) => {
        expect(await subject.host.resolveRef(subject.repository, ref, never)).toBeNull();
      });

      it('takes legal names that a shell would run', async () => {
        const ref = "refs/heads/a;touch-x&&`id`'$(y)|é#%";
        const { sha } = await subject.commit({ ref, files: { a: ref } });
        expect(await subject.host.resolveRef(subject.repository, ref, never)).toBe(sha);
      });
    });

    describe('commits', () => {
      it('reads what a commit says', async () => {
        const { sha, tree } = await subject.commit({
          ref: 'refs/heads/said',
          files: { a: 'x' },
          message: 'Subject: é\n\nBody\nof it [skip ci]',
        });
        expect(await subject.host.readCommit(subject.repository, sha, never)).toEqual({
          sha,
          tree,
          message: 'Subject: é\n\nBody\nof it [skip ci]',
          author: 'Ada <ada@example.com>',
          authoredAt: '2023-11-14T22:13:20.000Z',
        });
      });

      it('gives equal trees the same hash, whatever the commits say', async () => {
        const [one, two] = [
          await subject.commit({ files: { a: 'same' }, message: 'one' }),
          await subject.commit({ files: { a: 'same' }, message: 'two' }),
        ];
        const trees = await Promise.all(
          [one, two].map(({ sha }) => subject.host.readCommit(subject.repository, sha, never)),
        );
        expect(one.sha).not.toBe(two.sha);
        expect(trees[0]?.tree).toBe(trees[1]?.tree);
      });

      it.each([unknownSha, '0'.repeat(40), 'HEAD', 'refs/heads/said', '--all', '', 'abc'])(
        'answers null for the commit %j',
        async (sha) => {
          expect(await subject.host.readCommit(subject.repository, sha, never)).toBeNull();
        },
      );
    });

    describe('files', () => {
      it('reads one file as text', async () => {
        const { sha } = await subject.commit({
          ref: 'refs/heads/file',
          files: { 'deep/in/sconce.yaml': 'services: é\n', empty: '' },
        });
        const read = (path: string) => subject.host.readFile(subject.repository, sha, path, 1000, never);
        expect(await read('deep/in/sconce.yaml')).toBe('services: é\n');
        expect(await read('empty')).toBe('');
      });

      it.each([
        'none',
        'deep',
        'deep/none',
        'deep/../sconce.yaml',
        '/sconce.yaml',
        '../sconce.yaml',
        '',
        'sconce.yaml/x',
        'a\nb',
        'sconce.yaml\0',
      ])('answers null for the path %j', async (path) => {
        const { sha } = await subject.commit({
          ref: 'refs/heads/paths',
          files: { 'sconce.yaml': 'x', 'deep/file': 'y' },
        });
        expect(await subject.host.readFile(subject.repository, sha, path, 1000, never)).toBeNull();
      });

      it('refuses a file that is larger than asked for', async () => {
        const { sha } = await subject.commit({ ref: 'refs/heads/large', files: { large: 'x'.repeat(5000) } });
        const read = (bytes: number) => subject.host.readFile(subject.repository, sha, 'large', bytes, never);
        await expect(read(4999)).rejects.toMatchObject({ name: 'SourceRejected' });
        expect(await read(5000)).toHaveLength(5000);
      });

      it('never reads through a link out of the repository', async () => {
        const { sha } = await subject.commit({
          ref: 'refs/heads/linked',
          files: { 'sconce.yaml': { link: '/etc/passwd' } },
        });
        const text = await subject.host
          .readFile(subject.repository, sha, 'sconce.yaml', 100_000, never)
          .catch(() => null);
        expect(text ?? '').not.toContain('root:');
      });
    });

    describe('changed paths', () => {
      it('lists what differs, sorted as git does', async () => {
        const base = await subject.commit({
          ref: 'refs/heads/changes',
          files: { same: '1', edited: '1', removed: '1', 'dir/é "x"': '1' },
        });
        const next = await subject.commit({
          ref: 'refs/heads/changes',
          files: { same: '1', edited: '2', added: '1', 'dir/é "x"': '2' },
          parent: base.sha,
        });
        const changed = await subject.host.changedPaths(subject.repository, base.sha, next.sha, never);
        expect(changed?.toSorted()).toEqual(['added', 'dir/é "x"', 'edited', 'removed']);
        expect(await subject.host.changedPaths(subject.repository, next.sha, next.sha, never)).toEqual([]);
      });

      it('names both sides of a rename', async () => {
        const base = await subject.commit({
          ref: 'refs/heads/renames',
          files: { old: 'a long enough content\n'.repeat(20) },
        });
        const next = await subject.commit({
          ref: 'refs/heads/renames',
          files: { new: 'a long enough content\n'.repeat(20) },
          parent: base.sha,
        });
        expect((await subject.host.changedPaths(subject.repository, base.sha, next.sha, never))?.toSorted()).toEqual([
          'new',
          'old',
        ]);
      });

      it('cannot tell after a first push, rewritten history, or with a commit that is gone', async () => {
        const one = await subject.commit({ ref: 'refs/heads/rewritten', files: { a: '1' } });
        const other = await subject.commit({ ref: 'refs/heads/rewritten2', files: { a: '2' }, message: 'unrelated' });
        const ask = (from: string, to: string) => subject.host.changedPaths(subject.repository, from, to, never);
        expect(await ask('0'.repeat(40), one.sha)).toBeNull();
        expect(await ask(one.sha, other.sha)).toBeNull();
        expect(await ask(unknownSha, one.sha)).toBeNull();
        expect(await ask('--output=/tmp/x', one.sha)).toBeNull();
      });
    });

    describe('checking out', () => {
      it('writes exactly the tree', async () => {
        const files = {
          'a/b/c.txt': 'deep',
          run: { program: '#!/bin/sh\n' },
          link: { link: 'a/b/c.txt' },
          'é ü': 'name',
          big: Buffer.alloc(2_500_000, 'x'),
          empty: '',
        };
        const { sha } = await subject.commit({ ref: 'refs/heads/tree', files });
        await checkedOut(sha, async (at, notes) => {
          expect(notes).toEqual([]);
          expect((await readdir(at, { recursive: true })).toSorted()).toEqual(
            ['a', 'a/b', 'a/b/c.txt', 'big', 'empty', 'link', 'run', 'é ü'].toSorted(),
          );
          expect(await readFile(join(at, 'a/b/c.txt'), 'utf8')).toBe('deep');
          expect(await readlink(join(at, 'link'))).toBe('a/b/c.txt');
          expect([
            (await stat(join(at, 'run'))).mode & 0o111,
            (await stat(join(at, 'empty'))).mode & 0o111,
          ]).not.toEqual([0, 0]);
          expect((await stat(join(at, 'empty'))).mode & 0o111).toBe(0);
          expect((await readFile(join(at, 'big'))).equals(Buffer.alloc(2_500_000, 'x'))).toBe(true);
        });
      });

      it('changes no byte for an attribute, and leaves no file out', async () => {
        const attributes =
          '* text=auto eol=crlf ident filter=run working-tree-encoding=UTF-16\nsecret export-ignore\nver export-subst\n';
        const files = { '.gitattributes': attributes, text: 'a\nb\r\n$Id$\n', secret: 's', ver: '$Format:%H$\n' };
        const { sha } = await subject.commit({ ref: 'refs/heads/attributes', files });
        await checkedOut(sha, async (at) => {
          const read = await Promise.all(Object.keys(files).map((path) => readFile(join(at, path), 'utf8')));
          expect(read).toEqual(Object.values(files));
        });
      });

      it('leaves submodules as empty folders, and says so', async () => {
        const gitmodules = '[submodule "sub"]\n\tpath = libs/sub\n\turl = file:///etc\n';
        const { sha } = await subject.commit({
          ref: 'refs/heads/sub',
          files: { '.gitmodules': gitmodules, 'libs/sub': { submodule: unknownSha } },
        });
        await checkedOut(sha, async (at, notes) => {
          expect(await readdir(join(at, 'libs/sub'))).toEqual([]);
          expect(notes).toEqual([expect.stringContaining('"libs/sub" is a submodule')]);
        });
      });

      it('says when a file is only a pointer to a large one', async () => {
        const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 99\n`;
        const { sha } = await subject.commit({ ref: 'refs/heads/lfs', files: { 'model.pt': pointer } });
        await checkedOut(sha, async (_, notes) =>
          expect(notes).toEqual([expect.stringContaining('"model.pt" is a Git LFS pointer')]),
        );
      });

      it.skipIf(differences.links_as_files !== undefined)(
        'leaves out links that lead out of the tree, and says so',
        async () => {
          const out = [
            '/etc/passwd',
            '../x',
            'a/../../x',
            '..',
            './../..',
            'in/../..',
            '/',
            'x/../y',
            'l'.repeat(4096),
          ];
          const inside = { ok1: '.', ok2: 'nowhere', ok3: './a//b/.', 'd/e/up': '../..', 'd/e/side': '../f' };
          const files = Object.fromEntries([
            ...out.map((link, at) => [`out${at}`, { link }]),
            ...Object.entries(inside).map(([path, link]) => [path, { link }]),
          ]);
          const { sha } = await subject.commit({ ref: 'refs/heads/links', files });
          await checkedOut(sha, async (at, notes) => {
            expect((await readdir(at)).toSorted()).toEqual(['d', 'ok1', 'ok2', 'ok3']);
            for (const [path, target] of Object.entries(inside)) expect(await readlink(join(at, path))).toBe(target);
            expect(notes.join('\n')).toMatch(/"out0" is a link that leads out/);
            expect(notes.join('\n')).toContain('4 more');
          });
        },
      );

      it('rejects what is no commit of the repository', async () => {
        for (const sha of [unknownSha, '0'.repeat(40), 'HEAD', '--help', '']) await rejected(sha);
      });

      it('stops when it is aborted', async () => {
        const { sha } = await subject.commit({ ref: 'refs/heads/abort', files: { a: '1' } });
        const into = temporaryDirectory('checkout');
        const reason = new Error('enough');
        await expect(subject.host.checkOut(subject.repository, sha, into.path, AbortSignal.abort(reason))).rejects.toBe(
          reason,
        );
        into.remove();
      });

      it('does not need the repository to be what it was', async () => {
        const { sha } = await subject.commit({ ref: 'refs/heads/going', files: { a: 'kept' } });
        await subject.commit({ ref: 'refs/heads/going', files: { a: 'newer' }, message: 'forced' });
        await checkedOut(sha, async (at) => expect(await readFile(join(at, 'a'), 'utf8')).toBe('kept'));
      });
    });

    describe.skipIf(differences.hostile_trees !== undefined)('hostile trees', () => {
      const withTree = async (make: (fixture: GitFixture) => Promise<string>): Promise<string> => {
        const fixture = subject.fixture as GitFixture;
        const sha = await fixture.commitTree(await make(fixture));
        await fixture.updateRef('refs/heads/hostile', sha);
        return sha;
      };
      const named = (name: string | Uint8Array, mode = '100644') =>
        withTree(async (fixture) => {
          const inner = await fixture.rawTree([{ mode: '100644', name: 'config', object: await fixture.blob('evil') }]);
          const object = mode === '40000' ? inner : await fixture.blob('evil');
          return fixture.rawTree([{ mode, name, object }]);
        });

      it.each([
        '..',
        '.',
        '.git',
        '.GIT',
        '.Git ',
        '.git.',
        'git~1',
        '.g\u200cit',
        '.git::$INDEX_ALLOCATION',
        'a/../../x',
        '/abs',
        'x/.git/y',
      ])('rejects a file called %j', async (path) => rejected(await named(path)));

      it.each(['..', '.git', '.gIt', 'GIT~1'])('rejects a folder called %j', async (path) =>
        rejected(await named(path, '40000')),
      );

      it('takes names that only look like it', async () => {
        await checkedOut(await named('.gitignore'), async (at) => expect(await readdir(at)).toEqual(['.gitignore']));
        await checkedOut(await named('.git-x'), async (at) => expect(await readdir(at)).toEqual(['.git-x']));
        await checkedOut(await named('..a'), async (at) => expect(await readdir(at)).toEqual(['..a']));
      });

      it('keeps names that are no UTF-8', async () => {
        const name = Buffer.from([0x66, 0xff, 0xfe]);
        await checkedOut(await named(name), async (at) =>
          expect(await readdir(at, { encoding: 'buffer' })).toEqual([name]),
        );
      });

      it('rejects a link where another entry needs a folder', async () => {
        const victim = temporaryDirectory('victim');
        const sha = await withTree(async (fixture) => {
          const link = await fixture.blob(victim.path);
          const inner = await fixture.rawTree([
            { mode: '100644', name: 'planted', object: await fixture.blob('evil') },
          ]);
          return fixture.rawTree([
            { mode: '120000', name: 'a', object: link },
            { mode: '40000', name: 'a', object: inner },
          ]);
        });
        await rejected(sha);
        expect(await readdir(victim.path)).toEqual([]);
        victim.remove();
      });

      it('rejects the same path twice, and modes of its own making', async () => {
        await rejected(
          await withTree(async (fixture) => {
            const object = await fixture.blob('x');
            return fixture.rawTree([
              { mode: '100644', name: 'a', object },
              { mode: '100644', name: 'a', object },
            ]);
          }),
        );
      });

      it('rejects a tree that unfolds without end', async () => {
        const sha = await withTree(async (fixture) => {
          let object = await fixture.blob('x');
          let mode = '100644';
          for (let depth = 0; depth < 8; depth += 1) {
            const names = Array.from({ length: 10 }, (_, at) => `f${at}`);
            object = await fixture.rawTree(names.map((name) => ({ mode, name, object })));
            mode = '40000';
          }
          return object;
        });
        await rejected(sha);
      });

      it('writes nothing outside, and no device or special bit', async () => {
        const sha = await withTree(async (fixture) =>
          fixture.rawTree([{ mode: '104755', name: 'suid', object: await fixture.blob('x') }]),
        );
        const into = temporaryDirectory('checkout');
        await subject.host.checkOut(subject.repository, sha, into.path, never).then(
          async () => expect((await lstat(join(into.path, 'suid'))).mode & 0o6000).toBe(0),
          (error) => expect(error).toMatchObject({ name: 'SourceRejected' }),
        );
        into.remove();
      });
    });

    describe('a host that cannot answer', () => {
      it('says that it is worth another try', async () => {
        const into = temporaryDirectory('checkout');
        const calls = [
          subject.host.resolveRef(subject.missing, 'refs/heads/main', never),
          subject.host.readFile(subject.missing, unknownSha, 'a', 10, never),
          subject.host.checkOut(subject.missing, unknownSha, into.path, never),
        ];
        const results = await Promise.allSettled(calls);
        const names = results.map((result) => (result.status === 'rejected' ? result.reason.name : result.value));
        for (const found of names) expect(['SourceUnavailable', 'SourceRejected', null]).toContain(found);
        into.remove();
      });

      it('fails as a whole when the folder cannot be written', async () => {
        const { sha } = await subject.commit({ ref: 'refs/heads/full', files: { a: '1', 'b/c': '2' } });
        const into = temporaryDirectory('checkout');
        const target = join(into.path, 'file');
        await writeFile(target, '');
        await expect(subject.host.checkOut(subject.repository, sha, target, never)).rejects.toThrow();
        into.remove();
      });
    });
  });
}
