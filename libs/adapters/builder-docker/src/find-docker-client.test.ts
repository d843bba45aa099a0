import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { temporaryDirectory } from '@sconce/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findDockerClient, parseClientVersion } from './find-docker-client.ts';

describe('findDockerClient', () => {
  let folder: ReturnType<typeof temporaryDirectory>;
  beforeEach(() => {
    folder = temporaryDirectory('client');
  });
  afterEach(() => folder.remove());

  /** A program that answers like a docker client. */
  const client = async (path: string, version: string, buildx: boolean): Promise<string> => {
    const file = join(folder.path, path, 'docker');
    await mkdir(dirname(file), { recursive: true });
    const answer = `case "$1" in --version) echo "Docker version ${version}, build abc";; *) exit ${buildx ? 0 : 1};; esac`;
    await writeFile(file, `#!/bin/sh\n${answer}\n`);
    await chmod(file, 0o755);
    return file;
  };

  it('takes an old client as it is, and a new one with buildx', async () => {
    const old = await client('old', '20.10.24+dfsg1', false);
    const fresh = await client('new', '28.2.2', true);
    expect(await findDockerClient(old)).toEqual({ command: old, version: '20.10.24+dfsg1' });
    expect(await findDockerClient(fresh)).toEqual({ command: fresh, version: '28.2.2' });
  });

  it('says what is wrong with the one it was given, and what to install', async () => {
    const bare = await client('bare', '28.2.2', false);
    await expect(findDockerClient(bare)).rejects.toThrow(
      /bare\/docker: has no buildx plugin.*apt-get install docker\.io/,
    );
    await expect(findDockerClient(join(folder.path, 'none'))).rejects.toMatchObject({ name: 'BuilderUnavailable' });
    const broken = await client('broken', 'x', false);
    await expect(findDockerClient(broken)).rejects.toThrow(/does not say its version/);
  });

  it('reads versions', () => {
    expect(parseClientVersion('Docker version 27.0.1-rd, build 9ad5a3a')).toBe('27.0.1-rd');
    expect(parseClientVersion('podman version 4.3.1')).toBeNull();
  });
});
