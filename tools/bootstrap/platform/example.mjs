import { cpSync, existsSync, rmSync } from 'node:fs';
import { mustRun, run } from '../machine/command.mjs';
import { inHome, inRoot, readJson } from '../machine/home.mjs';
import { Problem } from '../terminal/problem.mjs';
import { say, step } from '../terminal/step.mjs';
import { upFile } from './first-admin.mjs';
import { followDeploy } from './follow-deploy.mjs';

const project = 'examples';
const environment = 'production';
export const example = 'resnet50';
const repository = example;
const servicePath = `${project}/${environment}/${example}`;
/** A picture that is in the repository, so that the line below works as it stands. */
const picture = `examples/${example}/samples/cat.jpg`;

/** A clone of the example that the user may go on with: edit, commit, push. */
export const exampleClone = inHome('examples', example);

/** The line that works once the example is live. */
export const curlLine = (gatewayUrl) => `curl -F image=@${picture} ${gatewayUrl}/${servicePath}/predict`;

/**
 * Takes the example the way every service goes: made over the API, pushed with git, built, rolled out. Does what is missing.
 * @param {import('@sconce/contract').Client} client
 */
export async function ensureExample(client) {
  const before = await client.getService({ params: { service: servicePath } }).catch(ifMissing);
  if (before?.live) return say(`  ok ${example.padEnd(18)} live as ${before.live.release.name}`);
  await step('example', async () => {
    await prepare(client);
    return `project ${project}, environment ${environment}, service ${example}`;
  });
  const commit = await push();
  await followDeploy(client, { project, servicePath, commit });
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

/** @returns {Promise<string>} the commit that was pushed */
async function push() {
  const source = inRoot('examples', example);
  if (!existsSync(source)) throw new Problem(`${source} is missing.`, 'npm run up -- --no-example leaves it out.');
  let commit = '';
  await step('git push', async () => {
    if (!existsSync(`${exampleClone}/.git`)) await makeClone(source);
    const result = await run('git', ['push', '--quiet', 'origin', 'main'], {
      cwd: exampleClone,
      env: gitEnvironment(),
      timeoutMs: 120_000,
    });
    if (result.code !== 0)
      throw new Problem(
        'git push to the built-in git server did not work.',
        [`By hand: cd ${exampleClone} && git push origin main`],
        result.stderr.trim().split('\n').slice(-10),
      );
    commit = (
      await mustRun('Reading the commit', 'git', ['rev-parse', 'HEAD'], { cwd: exampleClone, env: gitEnvironment() })
    ).stdout.trim();
    return commit.slice(0, 12);
  });
  return commit;
}

/** No prompt, and nothing of the machine's or the user's own git settings in the way. */
const gitEnvironment = () => ({
  ...process.env,
  GIT_TERMINAL_PROMPT: '0',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
});

async function makeClone(source) {
  rmSync(exampleClone, { recursive: true, force: true });
  cpSync(source, exampleClone, { recursive: true, filter: (path) => !/(^|\/)(__pycache__|\.git)$/.test(path) });
  const { gitUrl } = readJson(upFile);
  const git = (...args) => mustRun('Preparing the example', 'git', args, { cwd: exampleClone, env: gitEnvironment() });
  const quote = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
  const helper = `!${quote(process.execPath)} ${quote(inRoot('tools', 'bootstrap', 'git-credential.mjs'))} ${quote(upFile)}`;
  await git('init', '--quiet', '--initial-branch=main');
  await git('config', 'user.name', 'Sconce');
  await git('config', 'user.email', 'sconce@localhost');
  await git('config', 'credential.helper', helper);
  await git('remote', 'add', 'origin', `${gitUrl}/${project}/${repository}.git`);
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'ResNet-50 behind FastAPI');
}
