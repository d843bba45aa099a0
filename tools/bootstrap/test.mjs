// npm test: everything. Installs what tests need, checks types and lint, runs all tests, and ends with what failed and one line that sums it up.
// npm test -- --project flow tests/flow/rollback.test.ts   runs only that project, only such files.
// npm test -- --project cluster   what runs on a Kubernetes: starts one on this machine, or takes the one of KUBECONFIG. Not part of `npm test` alone: it takes as long as half of all others.
// npm test -- --without e2e   everything but that.
import { delimiter, dirname } from 'node:path';
import { build } from './code/build.mjs';
import { buildClusterAhead } from './code/build-ahead.mjs';
import { runStaticChecks } from './code/static-checks.mjs';
import { add, failureLines, nothing, parseTestArguments, runProject, summary } from './code/vitest.mjs';
import { ensureBaseImage } from './parts/base-image.mjs';
import { ensureChromium } from './parts/chromium.mjs';
import { ensureDockerEngine } from './parts/docker-engine.mjs';
import { ensureGit } from './parts/git.mjs';
import { mustBeInstallable } from './parts/missing.mjs';
import { ensureNode24, ensureNodeModules } from './parts/node-modules.mjs';
import { ensurePostgresPrograms } from './parts/postgres-programs.mjs';
import { ensureRedisProgram, ownPrograms } from './parts/redis.mjs';
import { ensureTestTools } from './parts/test-tools.mjs';
import { bold, runMain, say, step, tell } from './terminal/step.mjs';

const allProjects = ['unit', 'engine', 'flow', 'e2e'];

await runMain(async () => {
  let counts = nothing;
  const failures = [];
  try {
    await ensureNodeModules();
    await ensureNode24();
    const { projects: named, without, rest } = parseTestArguments(process.argv.slice(2));
    const everything = named.length === 0;
    const projects = (everything ? allProjects : named).filter((project) => !without.includes(project));
    if (projects.some((project) => project !== 'unit')) await installForTests();
    else await ensureGit();
    if (everything && rest.length === 0) {
      say(bold('types and lint'));
      counts = add(counts, { ...nothing, failed: await runStaticChecks() });
    } else {
      // The processes that tests start run from the build.
      await build();
    }
    const path = [ownPrograms, dirname(process.execPath), process.env.PATH].join(delimiter);
    if (projects.length > 1 && projects.includes('cluster')) buildClusterAhead();
    for (const project of projects) {
      say(bold(`tests: ${project}`));
      const cluster = project === 'cluster' ? await clusterEnvironment() : {};
      const ended = await runProject(project, rest, { ...process.env, PATH: path, ...cluster });
      counts = add(counts, ended.counts);
      failures.push(...ended.failures);
    }
  } catch (error) {
    // What kept tests from running at all is a failure too, and the last line still sums up.
    tell(error);
    counts = add(counts, { ...nothing, failed: 1 });
  }
  for (const line of failureLines(failures)) say(line);
  const { text, exitCode } = summary(counts);
  say(text);
  return exitCode;
});

/** What started it leaves it running: the next run is quick then. `node tools/local-cluster/local-cluster.mjs stop` ends it. */
async function clusterEnvironment() {
  const { ensureLocalCluster } = await import('../local-cluster/local-cluster.mjs');
  const { ensureBuildImage } = await import('../local-cluster/programs/build-image.mjs');
  const { kubeconfig, registry, registryForPods } = await ensureLocalCluster();
  const given = process.env.SCONCE_BUILD_IMAGE;
  let image = given ?? '';
  if (given === undefined)
    await step('build image', async (progress) => {
      image = await ensureBuildImage(registry, progress);
      return image;
    });
  return {
    KUBECONFIG: kubeconfig,
    SCONCE_CLUSTER_REGISTRY: registry,
    SCONCE_CLUSTER_POD_REGISTRY: registryForPods,
    SCONCE_BUILD_IMAGE: image,
  };
}

async function installForTests() {
  await mustBeInstallable(['git', 'docker', 'redis', 'postgres', 'chromium', 'busybox', 'iproute2']);
  await ensureGit();
  await ensureTestTools();
  const engine = await ensureDockerEngine();
  await step('Redis', async (progress) => ensureRedisProgram(progress));
  await step('Postgres', async (progress) => ensurePostgresPrograms(progress));
  await ensureChromium();
  await ensureBaseImage(engine.dockerHost);
}
