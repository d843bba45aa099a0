import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@sconce/foundation';
import { temporaryDirectory } from '@sconce/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endAbandonedBuilds, openBuildWorkspace } from './build-workspace.ts';

describe('build workspace', () => {
  let root: ReturnType<typeof temporaryDirectory>;
  beforeEach(() => {
    root = temporaryDirectory('workspace');
  });
  afterEach(() => root.remove());

  it('holds secrets for this user alone, until it is removed', async () => {
    const workspace = await openBuildWorkspace(root.path, [{ name: 'a', value: Buffer.from('one') }]);
    const [folder = ''] = await readdir(root.path);
    const file = workspace.secrets[0]?.file ?? '';
    expect(await readFile(file, 'utf8')).toBe('one');
    const modes = await Promise.all(
      [join(root.path, folder), workspace.configDirectory, file].map((path) => stat(path)),
    );
    expect(modes.map(({ mode }) => mode & 0o777)).toEqual([0o700, 0o700, 0o600]);
    await workspace.remove();
    expect(await readdir(root.path)).toEqual([]);
  });

  it('removes what a killed process left, and nothing of the living or of others', async () => {
    const ended = (await run('sh', ['-c', 'echo $$'], { env: {}, timeoutMs: 60_000 })).stdout.toString().trim();
    const own = await openBuildWorkspace(root.path, []);
    for (const name of [`sconce-build-${ended}-x`, 'other-1-x', 'sconce-build-nopid'])
      await mkdir(join(root.path, name));
    await endAbandonedBuilds(root.path);
    expect((await readdir(root.path)).filter((name) => !own.configDirectory.includes(name))).toEqual([
      'other-1-x',
      'sconce-build-nopid',
    ]);
    expect(await readdir(own.configDirectory)).toEqual([]);
  });
});
