import { createRequire } from 'node:module';
import { newId } from '@sconce/foundation';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestProject, type WorkerWorld, workerWorld } from './testing/worker-world.ts';

interface Examples {
  readonly name: string;
  readonly examples: readonly Record<string, unknown>[];
}
const examples: readonly Examples[] = createRequire(import.meta.url)('@octokit/webhooks-examples');
const push = examples.find(({ name }) => name === 'push')?.examples.find((body) => body.ref === 'refs/heads/master');
const hostId = '186853002';
const onGithub = { host: 'github', hostId, fullName: 'Codertocat/Hello-World', installationId: '1' } as const;
const app = { 'sconce.yaml': 'services: { web: { port: 8000 } }', Dockerfile: 'FROM busybox' };

let world: WorkerWorld;
beforeAll(async () => {
  world = await workerWorld();
  await world.startWorker();
});
afterAll(() => world.close());

/** A project that knows GitHub's example repository and deploys `master`. */
async function knowingProject(): Promise<TestProject> {
  const project = await world.project();
  await world.rows(
    "INSERT INTO repository (id, project_id, slug, kind, host_id, full_name, installation_id) VALUES ($1, $2, 'hello', 'github', $3, 'Codertocat/Hello-World', '1')",
    [newId('rpo'), project.projectId, hostId],
  );
  await world.rows("UPDATE branch_rule SET branches = '{master}' WHERE project_id = $1", [project.projectId]);
  return project;
}

async function send(event: string, body: object): Promise<string> {
  const input = { host: 'github', hostDelivery: newId('dlv'), event, body: Buffer.from(JSON.stringify(body)) } as const;
  return (await world.recorder.record(input)).delivery;
}

describe('a push as GitHub sends it', () => {
  it('is built in every project that knows the repository, each on its own', async () => {
    const projects = [await knowingProject(), await knowingProject()];
    const made = world.source.commit(onGithub, { files: app, message: 'Initial commit', ref: 'refs/heads/master' });
    const head = { ...(push?.head_commit as object), id: made.sha, tree_id: made.tree };
    const reads = world.source.calls.readCommit ?? 0;
    const delivery = await send('push', { ...push, after: made.sha, head_commit: head });
    const builds = await world.ended(delivery);
    expect(builds.map(({ phase }) => phase)).toEqual(['succeeded', 'succeeded']);
    // The payload told it all: GitHub was not asked for the commit.
    expect(world.source.calls.readCommit ?? 0).toBe(reads);
    for (const { projectId } of projects) {
      const release = await world.row(
        `SELECT r.commit, r.commit_author, r.created_by FROM release r JOIN service s ON s.id = r.service_id
         JOIN environment e ON e.id = s.environment_id WHERE e.project_id = $1`,
        [projectId],
      );
      expect(release).toEqual({ commit: made.sha, commit_author: 'Codertocat', created_by: 'github:Codertocat' });
    }
  });

  it('is answered for every other example without a build and without a failure', async () => {
    const others = examples.flatMap(({ name, examples: bodies }) => bodies.slice(0, 2).map((body) => ({ name, body })));
    const sent = await Promise.all(
      others.filter(({ name }) => name !== 'push').map(({ name, body }) => send(name, body)),
    );
    for (const delivery of sent) {
      const { outcome, reason } = await world.processed(delivery);
      expect([outcome, ['ping', 'unknown_event'].includes(reason ?? '')]).toEqual(['ignored', true]);
    }
    const tags =
      examples
        .find(({ name }) => name === 'push')
        ?.examples.filter((body) => String(body.ref).startsWith('refs/tags/')) ?? [];
    for (const body of tags)
      expect(await world.processed(await send('push', body))).toMatchObject({ reason: 'tag_not_built' });
  });
});
