import { existsSync } from 'node:fs';
import { findProgram } from '../machine/command.mjs';
import { installThing } from '../machine/packages.mjs';
import { step } from '../terminal/step.mjs';

/** What only tests need: a static busybox, which their smallest images are made of, and `ip`, for networks of their own. */
export async function ensureTestTools() {
  await step('test tools', async (progress) => {
    if (!existsSync('/bin/busybox')) {
      progress.doing('installing busybox-static: the smallest images of the tests are made of it');
      await installThing('busybox', '');
    }
    if (findProgram('ip') === null) {
      progress.doing('installing iproute2: tests make networks of their own with it');
      await installThing('iproute2', '');
    }
    return 'busybox, ip';
  });
}
