import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type WorkerWorld, workerWorld } from './testing/worker-world.ts';

let world: WorkerWorld;
beforeAll(async () => {
  world = await workerWorld();
  await world.startWorker();
});
afterAll(() => world.close());

const service = 'services: { web: { port: 8000 } }';
const app = { 'sconce.yaml': service, Dockerfile: 'FROM busybox\nRUN echo "hello from the build"\nEXPOSE 9000' };

describe('a push', () => {
  it('makes the service, builds it and releases it', async () => {
    const project = await world.project();
    const pushed = await world.push(project, app);
    expect(await world.processed(pushed.delivery)).toMatchObject({ outcome: 'built', reason: null });
    const [build] = await world.ended(pushed.delivery);
    expect(build).toMatchObject({ phase: 'succeeded', reused_build_id: null, claim_epoch: 1 });
    const release = await world.row(
      'SELECT r.*, s.slug, s.desired_release_id, s.file_settings FROM release r JOIN service s ON s.id = r.service_id WHERE r.build_id = $1',
      [build?.id],
    );
    expect(release).toMatchObject({ slug: 'web', number: 1, cause: 'push', commit: pushed.sha, created_by: 'usr_ada' });
    expect(release.desired_release_id).toBe(release.id);
    expect(release.spec).toMatchObject({ port: 8000 });
    const log = await world.logOf(build?.id ?? '');
    expect(log[0]).toMatch(/^Fetching [0-9a-f]{7} of /);
    expect(log.join('\n')).toContain('hello from the build');
    expect(log.at(-1)).toBe('Release 1 of web in production is on its way.');
    const events = await world.rows<{ type: string }>(
      'SELECT type FROM event WHERE project_id = $1 ORDER BY position',
      [project.projectId],
    );
    expect(events.map(({ type }) => type)).toEqual([
      'service.created',
      'build.queued',
      'build.started',
      'build.succeeded',
      'release.created',
      'rollout.started',
    ]);
  });

  it('takes over the image of an equal tree with equal settings, and says so', async () => {
    const project = await world.project();
    const first = await world.push(project, app);
    const [built] = await world.ended(first.delivery);
    const before = world.builder.requests.length;
    const second = await world.push(project, app, { message: 'The same again', parent: first.sha });
    const [reused] = await world.ended(second.delivery);
    expect(reused).toMatchObject({ phase: 'succeeded', reused_build_id: built?.id, image_digest: built?.image_digest });
    expect(world.builder.requests.length).toBe(before);
    expect(await world.logOf(reused?.id ?? '')).toEqual([
      `Reusing the image of ${built?.id}: the same files and the same settings.`,
      'Release 2 of web in production is on its way.',
    ]);
    // With the delivery itself: nothing was queued.
    expect(
      await world.row(
        'SELECT b.ended_at = d.processed_at AS together FROM build b JOIN delivery d ON d.id = b.delivery_id WHERE b.id = $1',
        [reused?.id],
      ),
    ).toEqual({ together: true });
    expect(
      (await world.rows('SELECT type FROM event WHERE subject_id = $1 ORDER BY position', [reused?.id])).map(
        ({ type }) => type,
      ),
    ).toEqual(['build.queued', 'build.started', 'build.succeeded']);
    world.collected.add(built?.image_digest ?? '');
    const third = await world.push(project, app, { message: 'And again', parent: second.sha });
    expect((await world.ended(third.delivery))[0]).toMatchObject({ phase: 'succeeded', reused_build_id: null });
  });

  it('queues a build that could have ended with its delivery, when its release cannot be made right then', async () => {
    const project = await world.project();
    const first = await world.push(project, app);
    await world.ended(first.delivery);
    const { number } = await world.row<{ number: number }>(
      'SELECT max(number)::int AS number FROM release r JOIN service s ON s.id = r.service_id WHERE s.repository_id = $1',
      [project.repositoryId],
    );
    expect(number).toBe(1);
    await world.rows(`CREATE SEQUENCE refusals;
      CREATE FUNCTION refuse_once() RETURNS trigger AS $$ BEGIN
        IF nextval('refusals') = 1 THEN RAISE 'not now'; END IF;
        RETURN NEW;
      END $$ LANGUAGE plpgsql;
      CREATE TRIGGER refuse_once BEFORE INSERT ON release FOR EACH ROW EXECUTE FUNCTION refuse_once()`);
    const second = await world.push(project, app, { message: 'The same again', parent: first.sha });
    const [reused] = await world.ended(second.delivery);
    await world.rows('DROP TRIGGER refuse_once ON release');
    expect(reused).toMatchObject({ phase: 'succeeded', claim_epoch: 1 });
    expect(reused?.reused_build_id).not.toBeNull();
    const releases = await world.rows('SELECT number FROM release WHERE build_id = $1', [reused?.id]);
    expect(releases).toEqual([{ number: 2 }]);
  });

  it('never takes over an image of another repository', async () => {
    const [one, two] = [await world.project(), await world.project()];
    await world.ended((await world.push(one, app)).delivery);
    expect((await world.ended((await world.push(two, app)).delivery))[0]).toMatchObject({ reused_build_id: null });
  });

  it('shares one build between services with equal build settings', async () => {
    const project = await world.project();
    const files = {
      ...app,
      'sconce.yaml': 'services: { a: { port: 1 }, b: { port: 2 }, c: { build: { args: { X: "1" } } } }',
    };
    const builds = await world.ended((await world.push(project, files)).delivery);
    expect(builds.length).toBe(2);
    const targets = await world.rows(
      'SELECT build_id, count(*)::int AS services FROM build_target WHERE build_id = ANY($1) GROUP BY 1',
      [builds.map(({ id }) => id)],
    );
    expect(targets.map(({ services }) => services).sort()).toEqual([1, 2]);
    expect(
      await world.rows('SELECT 1 FROM release WHERE build_id = ANY($1)', [builds.map(({ id }) => id)]),
    ).toHaveLength(3);
  });

  it('builds a service that was made over the API from a Dockerfile alone', async () => {
    const project = await world.project();
    await world.rows(
      "INSERT INTO service (id, environment_id, slug, name, repository_id, secret_groups) VALUES ($1, $2, 'api', 'api', $3, '{}')",
      [`svc_${project.projectId.slice(4)}`, project.environmentId, project.repositoryId],
    );
    const pushed = await world.push(project, { Dockerfile: 'FROM busybox\nEXPOSE 7000' });
    const [build] = await world.ended(pushed.delivery);
    expect(await world.row('SELECT spec FROM release WHERE build_id = $1', [build?.id])).toMatchObject({
      spec: { port: 7000 },
    });
  });

  it('says on the service why no release was made', async () => {
    const project = await world.project();
    const pushed = await world.push(project, { 'sconce.yaml': 'services: { web: {} }', Dockerfile: 'FROM busybox' });
    const [build] = await world.ended(pushed.delivery);
    expect(build?.phase).toBe('succeeded');
    expect(await world.row('SELECT reason, release_id FROM build_target WHERE build_id = $1', [build?.id])).toEqual({
      reason: 'port_unknown',
      release_id: null,
    });
  });

  it('builds for a pinned service and does not deploy it', async () => {
    const project = await world.project();
    const first = await world.push(project, app);
    await world.ended(first.delivery);
    await world.rows('UPDATE service SET pinned_at = now() WHERE environment_id = $1', [project.environmentId]);
    const second = await world.push(project, { ...app, 'x.txt': 'x' }, { parent: first.sha });
    const [build] = await world.ended(second.delivery);
    expect(await world.row('SELECT reason FROM build_target WHERE build_id = $1', [build?.id])).toEqual({
      reason: 'auto_deploy_pinned',
    });
  });
});

describe('a push that fails or builds nothing says why', () => {
  it('names the place of a mistake in sconce.yaml, in a failed build', async () => {
    const project = await world.project();
    const pushed = await world.push(project, { ...app, 'sconce.yaml': 'services:\n  web:\n    prot: 8000' });
    expect(await world.processed(pushed.delivery)).toMatchObject({ outcome: 'failed', reason: 'config_invalid' });
    const [build] = await world.ended(pushed.delivery);
    expect(build).toMatchObject({ phase: 'failed', reason: 'config_invalid' });
    expect(build?.message).toBe('services.web.prot (line 3): is not a setting that Sconce knows here');
    expect(await world.logOf(build?.id ?? '')).toEqual([build?.message]);
  });

  it.each([
    ['another branch', { branch: 'feature/main' }, 'no_branch_rule'],
    ['a message that asks for it', { message: 'Docs [skip ci]' }, 'skip_ci'],
  ])('ignores %s', async (_, options, reason) => {
    const project = await world.project();
    const pushed = await world.push(project, app, options);
    const delivery = await world.processed(pushed.delivery);
    expect(delivery).toMatchObject({ outcome: 'ignored', reason });
    const event = await world.row(
      "SELECT data FROM event WHERE type = 'delivery.ignored' AND subject_id = $1 AND project_id = $2",
      [pushed.delivery, project.projectId],
    );
    expect(event.data).toMatchObject({ reason, message: delivery.message, commit: pushed.sha });
    expect(await world.rows('SELECT 1 FROM build WHERE delivery_id = $1', [pushed.delivery])).toEqual([]);
  });

  it('ignores tags, deletions, pings, strangers and what it cannot read', async () => {
    const project = await world.project();
    const base = {
      repository: project.repositoryId,
      before: '1'.repeat(40),
      after: '2'.repeat(40),
      forced: false,
      pusher: null,
    };
    const send = async (event: string, body: object | string) => {
      const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
      const { delivery } = await world.recorder.record({
        host: 'builtin',
        hostDelivery: `t-${Math.random()}`,
        event,
        body: bytes,
      });
      return (await world.processed(delivery)).reason;
    };
    expect(await send('push', { ...base, ref: 'refs/tags/main' })).toBe('tag_not_built');
    expect(await send('push', { ...base, ref: 'refs/heads/main', after: '0'.repeat(40) })).toBe('ref_deleted');
    expect(await send('push', { ...base, ref: 'refs/pull/1/head' })).toBe('no_branch_rule');
    expect(await send('push', { ...base, ref: 'refs/heads/main', repository: 'rpo_nobody' })).toBe(
      'unknown_repository',
    );
    expect(await send('ping', {})).toBe('ping');
    expect(await send('issues', {})).toBe('unknown_event');
    expect(await send('push', '{')).toBe('malformed_payload');
  });

  it('builds only services whose watched paths changed since their last build', async () => {
    const project = await world.project();
    const file =
      'services: { web: { port: 1, build: { watch: ["web/**"] } }, all: { port: 2, build: { args: { A: "1" } } } }';
    const first = await world.push(project, { ...app, 'sconce.yaml': file, 'web/a': '1' });
    expect(await world.ended(first.delivery)).toHaveLength(2);
    const second = await world.push(
      project,
      { ...app, 'sconce.yaml': file, 'web/a': '1', 'docs/b': '1' },
      { parent: first.sha },
    );
    expect(await world.ended(second.delivery)).toHaveLength(1);
    const ignored = await world.row(
      "SELECT data, service_id FROM event WHERE type = 'delivery.ignored' AND subject_id = $1",
      [second.delivery],
    );
    expect(ignored.data).toMatchObject({ reason: 'no_watched_path', service: 'web' });
    expect(ignored.service_id).not.toBeNull();
    // A change that a skipped push brought is not lost: compared is with the last build, not the last push.
    const third = await world.push(
      project,
      { ...app, 'sconce.yaml': file, 'web/a': '2', 'docs/b': '1' },
      { parent: second.sha, message: '[skip ci]' },
    );
    await world.processed(third.delivery);
    const fourth = await world.push(
      project,
      { ...app, 'sconce.yaml': file, 'web/a': '2', 'docs/b': '2' },
      { parent: third.sha },
    );
    expect(await world.ended(fourth.delivery)).toHaveLength(2);
  });

  it('leaves a service alone that the file no longer names', async () => {
    const project = await world.project();
    const first = await world.push(project, app);
    await world.ended(first.delivery);
    const second = await world.push(
      project,
      { ...app, 'sconce.yaml': 'services: { api: { port: 1 } }' },
      { parent: first.sha },
    );
    expect(await world.ended(second.delivery)).toHaveLength(1);
    const event = await world.row("SELECT data FROM event WHERE type = 'delivery.ignored' AND subject_id = $1", [
      second.delivery,
    ]);
    expect(event.data).toMatchObject({ reason: 'no_service', service: 'web' });
  });

  it('fails with the builder’s own reason', async () => {
    const project = await world.project();
    const pushed = await world.push(project, { ...app, Dockerfile: 'FROM busybox\nRUN exit 3' });
    const [build] = await world.ended(pushed.delivery);
    expect(build).toMatchObject({ phase: 'failed', reason: 'build_step_failed' });
    expect(await world.row('SELECT reason FROM build_target WHERE build_id = $1', [build?.id])).toEqual({
      reason: 'build_step_failed',
    });
  });
});
