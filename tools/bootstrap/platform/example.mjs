import { cpSync, existsSync, rmSync } from 'node:fs';
import { lastLines, mustRun, run } from '../machine/command.mjs';
import { inHome, inRoot, readJson } from '../machine/home.mjs';
import { Problem } from '../terminal/problem.mjs';
import { step } from '../terminal/step.mjs';
import { upFile } from './first-admin.mjs';
import { waitForFirstAnswer, waitUntilReadyAgain } from './first-answer.mjs';
import { findBuild, followBuild, followRollout } from './follow-deploy.mjs';

const project = 'examples';
const environment = 'production';
export const example = 'resnet50';
const repository = example;
const servicePath = `${project}/${environment}/${example}`;
/** A picture that is in the repository, so that the line below works as it stands. */
const picture = `examples/${example}/samples/cat.jpg`;

/** A clone of the example that the user may go on with: edit, commit, push. */
export const exampleClone = inHome('examples', example);

/** What the printed line asks. */
const predictUrl = (gatewayUrl) => `${gatewayUrl}/${servicePath}/predict`;

/** The first time with a prediction, as the printed line asks for; later it may be something else that stands there. */
export function askExample(client, gatewayUrl, wasLive) {
  return wasLive ? waitUntilReadyAgain(client, servicePath) : waitForFirstAnswer(predictUrl(gatewayUrl), picture);
}

/** The line that works once the example is live. */
export const curlLine = (gatewayUrl) => `curl -F image=@${picture} ${predictUrl(gatewayUrl)}`;

/**
 * Takes the example the way every service goes: made over the API, pushed with git, built, rolled out. Once it was live it is the
 * user's: changed, it stays changed, and removed, it stays away.
 * @param {import('@sconce/contract').Client} client
 * @param {boolean} wasLive in a run before
 * @returns {Promise<boolean>} whether it is there to be asked
 */
export async function ensureExample(client, wasLive) {
  const before = await client.getService({ params: { service: servicePath } }).catch(ifMissing);
  if (before?.live || wasLive) {
    await pointClone();
    return before?.live != null;
  }
  await step('example', async () => {
    await prepare(client);
    return `project ${project}, environment ${environment}, service ${example}`;
  });
  const since = Date.now();
  const { commit, isNew } = await push();
  const build = isNew ? await findBuild(client, project, commit) : await deployAgain(client, commit);
  if (build !== null) await followBuild(client, build);
  await followRollout(client, servicePath, { commit, since });
  return true;
}

/** The commit was pushed in a run that did not get to its end. Builds it only where there is no image of it yet. */
async function deployAgain(client, commit) {
  const { build } = await client.createRelease({ params: { service: servicePath }, body: { commit } });
  return build?.id ?? null;
}

function ifMissing(error) {
  if (error.status === 404) return null;
  throw error;
}

/** What stands already is left as it is: somebody may have changed it since. */
async function prepare(client) {
  const orMake = async (read, make) => (await read().catch(ifMissing)) ?? make();
  await orMake(
    () => client.getProject({ params: { project } }),
    () => client.createProject({ body: { slug: project, name: 'Examples' } }),
  );
  await orMake(
    () => client.getEnvironment({ params: { environment: `${project}/${environment}` } }),
    () => client.createEnvironment({ params: { project }, body: { slug: environment, name: 'Production' } }),
  );
  await orMake(
    () => client.getRepository({ params: { repository: `${project}/${repository}` } }),
    () =>
      client.createRepository({
        params: { project },
        body: { kind: 'builtin', slug: repository, defaultBranch: 'main' },
      }),
  );
  const { data: rules } = await client.listBranchRules({ params: { project } });
  if (rules.length === 0) {
    await client.createBranchRule({ params: { project }, body: { environment, repository, branches: ['main'] } });
  }
  await orMake(
    () => client.getService({ params: { service: servicePath } }),
    () =>
      client.createService({
        params: { environment: `${project}/${environment}` },
        body: { slug: example, name: 'ResNet-50', repository },
      }),
  );
}

/** @returns {Promise<{ commit: string, isNew: boolean }>} `isNew`: false where the server had it already */
async function push() {
  const source = inRoot('examples', example);
  if (!existsSync(source)) throw new Problem(`${source} is missing.`, 'npm run up -- --no-example leaves it out.');
  let pushed = { commit: '', isNew: false };
  await step('git push', async () => {
    if (!existsSync(`${exampleClone}/.git`)) await makeClone(source);
    await pointClone();
    const options = { cwd: exampleClone, env: gitEnvironment(), timeoutMs: 120_000 };
    const result = await run('git', ['push', '--porcelain', '--set-upstream', 'origin', 'main'], options);
    if (result.code !== 0) {
      throw new Problem(
        'git push to the built-in git server did not work.',
        [`By hand: cd ${exampleClone} && git push origin main`],
        lastLines(result.stderr, 10),
      );
    }
    const { stdout } = await mustRun('Reading the commit', 'git', ['rev-parse', 'HEAD'], options);
    pushed = { commit: stdout.trim(), isNew: !/^=\t/m.test(result.stdout) };
    return `${pushed.commit.slice(0, 12)}${pushed.isNew ? '' : ', pushed before'}`;
  });
  return pushed;
}

/** No prompt, and nothing of the machine's or the user's own git settings in the way. */
const gitEnvironment = () => ({
  ...process.env,
  GIT_TERMINAL_PROMPT: '0',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
});

const remoteUrl = () => `${readJson(upFile).gitUrl}/${project}/${repository}.git`;

/** The API may listen elsewhere than in the run before. */
async function pointClone() {
  if (!existsSync(`${exampleClone}/.git`)) return;
  const options = { cwd: exampleClone, env: gitEnvironment() };
  await mustRun('Pointing the example at the git server', 'git', ['remote', 'set-url', 'origin', remoteUrl()], options);
}

async function makeClone(source) {
  rmSync(exampleClone, { recursive: true, force: true });
  cpSync(source, exampleClone, { recursive: true, filter: (path) => !/(^|\/)(__pycache__|\.git)$/.test(path) });
  const git = (...args) => mustRun('Preparing the example', 'git', args, { cwd: exampleClone, env: gitEnvironment() });
  const quote = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
  const helper = `!${quote(process.execPath)} ${quote(inRoot('tools', 'bootstrap', 'git-credential.mjs'))} ${quote(upFile)}`;
  await git('init', '--quiet', '--initial-branch=main');
  await git('config', 'user.name', 'Sconce');
  await git('config', 'user.email', 'sconce@localhost');
  await git('config', 'credential.helper', helper);
  await git('remote', 'add', 'origin', remoteUrl());
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'ResNet-50 behind FastAPI');
}
