import { findProgram } from '../machine/command.mjs';
import { installThing } from '../machine/packages.mjs';
import { step } from '../terminal/step.mjs';

const programs = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

export const findChromium = () =>
  process.env.CHROMIUM_PATH ?? programs.map((name) => findProgram(name)).find((found) => found !== null) ?? null;

/** A browser for the tests that look at pages. Sets CHROMIUM_PATH, which those tests read. */
export async function ensureChromium() {
  await step('Chromium', async (progress) => {
    if (process.env.CHROMIUM_PATH) return 'as given by CHROMIUM_PATH';
    let path = findChromium();
    if (path === null) {
      progress.doing('installing chromium with apt: tests look at pages with it');
      await installThing('chromium', 'set CHROMIUM_PATH to a Chromium or Chrome.');
      path = findProgram('chromium');
    }
    process.env.CHROMIUM_PATH = path;
    return path;
  });
}
