import { findProgram, run } from '../machine/command.mjs';
import { installThing } from '../machine/packages.mjs';
import { Problem } from '../terminal/problem.mjs';
import { step } from '../terminal/step.mjs';

/** git, with its http-backend: the built-in git server stands on it. */
export async function ensureGit() {
  await step('git', async (progress) => {
    if (findProgram('git') === null) {
      progress.doing('installing git: you push with it, and the built-in git server is made of it');
      await installThing('git', '');
    }
    const { stdout } = await run('git', ['--version']);
    const version = /(\d+)\.(\d+)[.\d]*/.exec(stdout);
    if (!version || isOlder(version.slice(1, 3).map(Number), [2, 31])) {
      throw new Problem(
        `git here is ${version?.[0] ?? 'of an unknown version'}; Sconce needs 2.31 or later.`,
        'Update it: https://git-scm.com/downloads',
      );
    }
    return version[0];
  });
}

function isOlder(version, oldest) {
  return version[0] < oldest[0] || (version[0] === oldest[0] && version[1] < oldest[1]);
}
