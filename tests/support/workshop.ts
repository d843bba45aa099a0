import { type Client, createClient, type Service } from '@sconce/contract';
import { waitUntil } from '@sconce/testkit';
import { GitClone } from './git-client.ts';
import type { Platform } from './platform.ts';

/** A team's corner of a platform: one project, environment, repository with a branch rule, and a person's clone. */
export interface Workshop {
  readonly client: Client;
  readonly project: string;
  /** `project/environment/service`, usable wherever the API takes a service. */
  readonly service: string;
  /** Where the gateway answers for it, by path. */
  readonly url: URL;
  readonly clone: GitClone;
  /** Commits, pushes, and answers the commit's id once git says the push is done. */
  deploy(files: Readonly<Record<string, string>>, message: string): Promise<string>;
  /** Waits until the commit is what answers requests; fails at once, with its reason, when its build or rollout failed. */
  live(commit: string, timeoutMs?: number): Promise<Service>;
  read(): Promise<Service>;
  remove(): void;
}

export async function openWorkshop(
  platform: Pick<Platform, 'apiUrl' | 'gatewayUrl' | 'token'>,
  project: string,
  settings: { watchMs?: number; drainTimeoutMs?: number } = {},
): Promise<Workshop> {
  const client = createClient({ baseUrl: platform.apiUrl, token: platform.token });
  await client.createProject({ body: { slug: project, name: project } });
  await client.createEnvironment({ params: { project }, body: { slug: 'production' } });
  const repository = await client.createRepository({ params: { project }, body: { kind: 'builtin', slug: 'app' } });
  await client.createBranchRule({ params: { project }, body: { environment: 'production', branches: ['main'] } });
  await client.createService({
    params: { environment: `${project}/production` },
    body: {
      slug: 'app',
      repository: 'app',
      settings: {
        watchMs: settings.watchMs ?? 2_000,
        drainTimeoutMs: settings.drainTimeoutMs ?? 20_000,
        // A machine that is busy with everything else answers late; only silence is a failure.
        probe: { path: '/', timeoutMs: 30_000 },
      },
    },
  });
  if (!repository.pushUrl) throw new Error('a built-in repository has no push URL');
  const clone = new GitClone(repository.pushUrl, platform.token);
  const service = `${project}/production/app`;
  const read = () => client.getService({ params: { service } });
  return {
    client,
    project,
    service,
    url: new URL(`/${project}/production/app/`, platform.gatewayUrl),
    clone,
    read,
    deploy: async (files, message) => {
      const commit = clone.commit(files, message);
      await clone.push();
      return commit;
    },
    live: async (commit, timeoutMs = 240_000) => {
      let failure: string | null = null;
      const state = await waitUntil(
        `${commit.slice(0, 7)} to be live`,
        async () => {
          const now = await read();
          if (now.build?.commit.sha === commit && now.build.phase === 'failed')
            failure = `build: ${now.build.reason} ${now.build.message}`;
          return failure !== null || now.live?.commit?.sha === commit ? now : null;
        },
        timeoutMs,
        50,
      );
      if (failure !== null) throw new Error(failure);
      return state;
    },
    remove: () => clone.remove(),
  };
}
