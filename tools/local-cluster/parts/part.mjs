import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { inHome, makeFolder } from '../../bootstrap/machine/home.mjs';
import {
  keepsEnding,
  logPath,
  logTail,
  runningProcess,
  startProcess,
  stopProcess,
} from '../../bootstrap/machine/processes.mjs';
import { Problem } from '../../bootstrap/terminal/problem.mjs';
import { waitFor } from '../api/call-api.mjs';
import { inNode } from '../node/namespaces.mjs';

/** Records and logs of the cluster's processes are in a folder of their own: `up`, `down` and footprint.mjs do not count them. */
export const processName = (part) => `cluster/${part}`;

/**
 * Starts a part where it does not run already as it should.
 * @param {string} part
 * @param {{ command: string[], settings?: string, onHost?: boolean, place?: import('../settings/local-nodes.mjs').NodePlace }} what `settings`: what it
 *   reads at its start, so that a change starts it again; `place`: the node that it runs in, if not the first one
 * @returns {Promise<boolean>} whether it was started
 */
export async function ensurePart(part, { command, settings = '', onHost = false, place }) {
  const name = processName(part);
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([command, settings, changedAt(command[0])]))
    .digest('hex');
  if (runningProcess(name)?.fingerprint === fingerprint) return false;
  await stopProcess(name, graceMs);
  for (const folder of ['run', 'logs']) makeFolder(inHome(folder, 'cluster'), 0o700);
  await startProcess(name, { command: onHost ? command : inNode(command, place), fingerprint });
  return true;
}

const graceMs = 10_000;
const changedAt = (program) => (existsSync(program) ? statSync(program).mtimeMs : 0);

export const stopPart = (part) => stopProcess(processName(part), graceMs);
export const isRunning = (part) => runningProcess(processName(part)) !== null;
export const logOf = (part) => logPath(processName(part));

/**
 * Waits until a part does what it is there for, or throws a Problem that shows what it said last.
 * @template T
 * @param {string} part
 * @param {string} what "the API server answers"
 * @param {() => Promise<T | null>} ask
 * @returns {Promise<T>}
 */
export async function waitForPart(part, what, ask, withinMs = 120_000) {
  const { value, why } = await waitFor(ask, { withinMs, giveUp: () => keepsEnding(processName(part)) });
  if (value !== null) return value;
  throw new Problem(
    `The local cluster did not start: waited for this, that ${what}; ${why}.`,
    [`Its log: ${logOf(part)}`],
    logTail(processName(part), 12),
  );
}
