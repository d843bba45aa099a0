import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../terminal/problem.mjs';
import { step } from '../terminal/step.mjs';

const deliveryMs = 30_000;
const rolloutMs = 6 * 60_000;

/**
 * Follows a pushed commit until it serves, with a line for each part.
 * @param {import('@sconce/contract').Client} client
 * @param {{ project: string, servicePath: string, commit: string }} pushed
 */
export async function followDeploy(client, { project, servicePath, commit }) {
  const build = await findBuild(client, project, commit);
  await step('build', async (progress) => {
    const ended = await followBuild(client, build, progress);
    if (ended.phase !== 'succeeded')
      throw failed(
        `The build ${ended.phase}: ${ended.message ?? ended.reason ?? 'no reason given'}`,
        ended.hint,
        await lastLogLines(client, build),
      );
    return ended.reusedBuild
      ? 'same tree and settings as before: its image is used again'
      : `${Math.round((ended.image?.sizeBytes ?? 0) / 1e6)} MB`;
  });
  await step('rollout', (progress) => followRollout(client, servicePath, commit, progress));
}

async function findBuild(client, project, commit) {
  let found = null;
  await step('delivery', async () => {
    const deadline = Date.now() + deliveryMs;
    while (Date.now() < deadline) {
      const { data } = await client.listDeliveries({ params: { project }, query: { commit } });
      const done = data.find((delivery) => delivery.phase === 'processed');
      if (done && done.builds.length === 0)
        throw failed(`The push was not built: ${done.message ?? done.reason}`, null, []);
      if (done) {
        found = done.builds[0].id;
        return `build ${found}`;
      }
      await sleep(150);
    }
    throw failed(
      'The push was stored, but nothing took it up within 30 s.',
      'The log says more: .sconce/logs/control-plane.log',
      [],
    );
  });
  return found;
}

/** The newest step of the Dockerfile is what a person wants to see of a build. */
async function followBuild(client, build, progress) {
  progress.doing('building the image; the first time installs PyTorch (about a minute)');
  const log = client.follow.listBuildLogs({ params: { build } });
  for await (const line of log) {
    const dockerfileStep = /\[\s*(?:\S+ )?(\d+\/\d+)\] (.+)$/.exec(line.text);
    if (dockerfileStep) progress.doing(`${dockerfileStep[1]} ${dockerfileStep[2].slice(0, 90)}`);
  }
  return client.getBuild({ params: { build }, query: { wait: '30s' } });
}

async function lastLogLines(client, build) {
  const { data } = await client
    .listBuildLogs({ params: { build }, query: { order: 'desc', limit: 12 } })
    .catch(() => ({ data: [] }));
  return data.map((line) => line.text).reverse();
}

async function followRollout(client, servicePath, commit, progress) {
  const deadline = Date.now() + rolloutMs;
  let seen = '';
  while (Date.now() < deadline) {
    const service = await client.getService({ params: { service: servicePath } });
    if (service.live?.commit?.sha === commit) return `${service.live.release.name} is live`;
    const { data: rollouts } = await client.listRollouts({ params: { service: servicePath }, query: { limit: 1 } });
    const [newest] = rollouts;
    if (newest && ['aborted', 'aborting'].includes(newest.phase)) {
      throw failed(
        `${newest.release.name} was taken back: ${newest.message ?? newest.reason}`,
        newest.hint,
        newest.lastLines.map((line) => line.text ?? ''),
      );
    }
    const now = [newest?.phase, service.waiting?.message].filter(Boolean).join(': ') || 'waiting for the release';
    if (now !== seen) progress.doing(now);
    seen = now;
    await sleep(200);
  }
  throw failed(
    `The release is not live after ${rolloutMs / 60_000} minutes (${seen}).`,
    'The log says more: .sconce/logs/control-plane.log',
    [],
  );
}

const failed = (what, hint, lines) =>
  new Problem(
    what,
    [...(hint ? [hint] : []), 'npm run up goes on from here; npm run up -- --no-example leaves the example out.'],
    lines,
  );
