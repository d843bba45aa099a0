import { findProgram } from '../machine/command.mjs';
import { installThing } from '../machine/packages.mjs';
import { step } from '../terminal/step.mjs';

const programs = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** A browser for the tests that look at pages. Sets CHROMIUM_PATH, which those tests read. */
export async function ensureChromium() {
  await step('Chromium', async (progress) => {
    if (process.env.CHROMIUM_PATH) return 'as given by CHROMIUM_PATH';
    let path = programs.map((name) => findProgram(name)).find((found) => found !== null);
    if (!path) {
      progress.doing('installing chromium with apt: tests look at pages with it');
      await installThing('chromium', 'set CHROMIUM_PATH to a Chromium or Chrome.');
      path = findProgram('chromium');
    }
    process.env.CHROMIUM_PATH = path;
    return path;
  });
}
