import { createRepository } from '@sconce/engine';
import { newId, silentLog, systemClock } from '@sconce/foundation';
import type { ApiWorld } from './api-world.ts';

/** One of everything in a project, made partly over the API and partly in the tables that other processes write. */
export interface Tenant {
  readonly slug: string;
  readonly ids: Readonly<Record<string, string>>;
  readonly tokens: Readonly<Record<'read' | 'deploy' | 'write' | 'exec' | 'admin' | 'environment', string>>;
}

const digest = `sha256:${'a'.repeat(64)}`;

export async function makeTenant(world: ApiWorld, slug: string): Promise<Tenant> {
  const post = async (path: string, body: object) => {
    const answer = await world.ask(`POST ${path}`, { body });
    if (answer.status >= 300) throw new Error(`POST ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body as { id: string; token?: string };
  };
  const project = (await post('/v1/projects', { slug })).id;
  const environment = (await post(`/v1/projects/${slug}/environments`, { slug: 'production' })).id;
  const { id: repository } = await createRepository(
    { db: world.db, clock: systemClock, log: silentLog },
    { kind: 'builtin', projectId: project, slug: 'models', defaultBranch: 'main', actor: null },
  );
  const branchRule = (
    await post(`/v1/projects/${slug}/branch-rules`, { environment: 'production', branches: ['main'] })
  ).id;
  const service = (
    await post(`/v1/environments/${environment}/services`, {
      slug: 'resnet50',
      repository: 'models',
      settings: { port: 80 },
    })
  ).id;
  const secretGroup = (await post(`/v1/environments/${environment}/secret-groups`, { slug: 'hub' })).id;
  const token = async (scope: string) =>
    (await post('/v1/tokens', { kind: 'service', name: scope, scopes: [scope], project })).token ?? '';
  const admin = await post('/v1/tokens', { kind: 'service', name: 'admin', scopes: ['admin'], project });
  const tokens = {
    read: await token('read'),
    deploy: await token('deploy'),
    write: await token('write'),
    exec: await token('exec'),
    admin: admin.token ?? '',
    environment: (await post('/v1/tokens', { kind: 'deploy', name: 'ci', environment })).token ?? '',
  };
  const rows = await makeRows(world, { project, repository, service });
  const exec = await makeExec(world, { environment, service, tokenId: admin.id });
  return { slug, ids: { project, environment, repository, branchRule, service, secretGroup, exec, ...rows }, tokens };
}

/** One that its administrator's token may open. */
async function makeExec(
  world: ApiWorld,
  at: { readonly environment: string; readonly service: string; readonly tokenId: string },
): Promise<string> {
  const id = newId('exe');
  await world.db.pool.query(
    `INSERT INTO exec (id, service_id, environment_id, replica_id, replica_name, command, token_id, created_at) VALUES ($1, $2, $3, 'ctr', 'r1-abc', '{ls}', $4, now())`,
    [id, at.service, at.environment, at.tokenId],
  );
  return id;
}

/** What deliveries, builds and rollouts leave behind. */
async function makeRows(
  world: ApiWorld,
  at: { readonly project: string; readonly repository: string; readonly service: string },
) {
  const { pool } = world.db;
  const [delivery, build, release, rollout] = [newId('dlv'), newId('bld'), newId('rel'), newId('rol')];
  const commit = 'c'.repeat(40);
  await pool.query(
    `INSERT INTO delivery (id, host, host_delivery, event, repository_id, body, ref, commit, phase, outcome) VALUES ($1, 'builtin', $1, 'push', $2, '{}', 'refs/heads/main', $3, 'processed', 'built')`,
    [delivery, at.repository, commit],
  );
  await pool.query(
    `INSERT INTO build (id, project_id, repository_id, delivery_id, position, ref, commit, commit_message, commit_author, settings, settings_hash, phase, image_digest, ended_at)
     VALUES ($1, $2, $3, $4, 1, 'refs/heads/main', $5, 'First', 'Ada', '{}', 'x', 'succeeded', $6, now())`,
    [build, at.project, at.repository, delivery, commit, digest],
  );
  await pool.query('INSERT INTO build_target (build_id, service_id, release_id) VALUES ($1, $2, $3)', [
    build,
    at.service,
    release,
  ]);
  await pool.query(
    `INSERT INTO image (digest, build_id, size_bytes, architecture, exposed_ports) VALUES ($1, $2, 1000, 'amd64', '{80}') ON CONFLICT DO NOTHING`,
    [digest, build],
  );
  const spec = {
    image: { digest, repository: null },
    command: null,
    port: 80,
    probe: { path: null, startupTimeoutMs: 600000, periodMs: 2000, timeoutMs: 2000, failureThreshold: 3 },
    resources: { cpuMilli: null, memoryMiB: null, gpu: null },
    scaling: { min: 1, max: 1, concurrency: null, idleMs: 600000 },
    drainTimeoutMs: 30000,
    watchMs: 60000,
    volumes: [],
    variables: [],
    secrets: [],
  };
  await pool.query(
    `INSERT INTO release (id, service_id, number, build_id, commit, commit_message, commit_author, ref, image_digest, spec, spec_hash, replica_set_id, cause, live_at)
     VALUES ($1, $2, 1, $3, $4, 'First', 'Ada', 'refs/heads/main', $5, $6, 'x', $1, 'push', now())`,
    [release, at.service, build, commit, digest, JSON.stringify(spec)],
  );
  await pool.query(
    `INSERT INTO rollout (id, service_id, release_id, generation, cause, phase, live_at) VALUES ($1, $2, $3, 1, 'push', 'draining', now())`,
    [rollout, at.service, release],
  );
  await pool.query(
    'UPDATE service SET desired_release_id = $2, live_release_id = $2, generation = 1, next_release_number = 2 WHERE id = $1',
    [at.service, release],
  );
  await pool.query(
    `INSERT INTO replica (id, service_id, release_id, name, health, node, created_at, restarts, gpus, observed_at) VALUES ($1, $2, $3, 'r1-abc', 'ready', 'local', now(), 0, '{}', now())`,
    [`ctr-${release}`, at.service, release],
  );
  for (const stream of [build, at.service]) {
    const lines = Array.from({ length: 5 }, (_, index) => ({
      at: new Date().toISOString(),
      stream: 'stdout',
      level: index % 2 ? 'warn' : null,
      text: `line ${index + 1} of ${stream}`,
    }));
    await pool.query('INSERT INTO log_chunk (stream, first_line, last_line, lines, bytes) VALUES ($1, 1, 5, $2, 100)', [
      stream,
      JSON.stringify(lines),
    ]);
  }
  return { delivery, build, release, rollout };
}
