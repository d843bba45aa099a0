import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../terminal/problem.mjs';
import { step } from '../terminal/step.mjs';

const deliveryMs = 30_000;
const rolloutMs = 6 * 60_000;
const controlLog = 'The log says more: .sconce/logs/control-plane.log';

/**
 * The build that a push began.
 * @param {import('@sconce/contract').Client} client
 * @returns {Promise<string>} its id
 */
export async function findBuild(client, project, commit) {
  let found = '';
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
    throw failed('The push was stored, but nothing took it up within 30 s.', controlLog, []);
  });
  return found;
}

/** Follows a build to its end, with a line for each step of its Dockerfile. */
export async function followBuild(client, build) {
  await step('build', async (progress) => {
    progress.doing('building the image; the first time installs PyTorch (one to three minutes)');
    for await (const line of client.follow.listBuildLogs({ params: { build } })) {
      const dockerfileStep = /\[\s*(?:\S+ )?(\d+\/\d+)\] (.+)$/.exec(line.text);
      if (dockerfileStep) progress.doing(`${dockerfileStep[1]} ${dockerfileStep[2].slice(0, 90)}`);
    }
    const ended = await client.getBuild({ params: { build }, query: { wait: '30s' } });
    if (ended.phase !== 'succeeded')
      throw failed(
        `The build ${ended.phase}: ${ended.message ?? ended.reason}`,
        ended.hint,
        await lastLogLines(client, build),
      );
    return ended.reusedBuild
      ? 'same tree and settings as before: its image is used again'
      : `${Math.round((ended.image?.sizeBytes ?? 0) / 1e6)} MB`;
  });
}

async function lastLogLines(client, build) {
  const { data } = await client
    .listBuildLogs({ params: { build }, query: { order: 'desc', limit: 12 } })
    .catch(() => ({ data: [] }));
  return data.map((line) => line.text).reverse();
}

/**
 * Follows the release of a commit until it is live.
 * `since` (epoch ms): rollouts that began earlier were told in another run
 */
export async function followRollout(client, servicePath, { commit, since }) {
  await step('rollout', async (progress) => {
    const deadline = Date.now() + rolloutMs;
    let seen = '';
    while (Date.now() < deadline) {
      const service = await client.getService({ params: { service: servicePath } });
      if (service.live?.commit?.sha === commit) return `${service.live.release.name} is live`;
      const { data } = await client.listRollouts({ params: { service: servicePath }, query: { limit: 1 } });
      const rollout = data.find((each) => Date.parse(each.createdAt) >= since);
      if (rollout?.phase === 'aborted' || rollout?.phase === 'aborting') {
        throw failed(
          `${rollout.release.name} was taken back: ${rollout.message ?? rollout.reason}`,
          rollout.hint,
          rollout.lastLines.map((line) => line.text ?? ''),
        );
      }
      const now = [rollout?.phase, service.waiting?.message].filter(Boolean).join(': ') || 'waiting for the release';
      if (now !== seen) progress.doing(now);
      seen = now;
      await sleep(200);
    }
    throw failed(`The release is not live after ${rolloutMs / 60_000} minutes (${seen}).`, controlLog, []);
  });
}

const failed = (what, hint, lines) =>
  new Problem(
    what,
    [...(hint ? [hint] : []), 'npm run up goes on from here; npm run up -- --no-example leaves the example out.'],
    lines,
  );
