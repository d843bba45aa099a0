import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { lastLines, run } from './command.mjs';
import { inHome, makeFolder, readJson, writeJson } from './home.mjs';

/**
 * @typedef {object} ProcessRecord
 * @property {number} pid of the supervisor, which leads a process group of its own
 * @property {string} birth tells this process from a later one with the same pid
 * @property {string} fingerprint of what it was started with; another one means: start it again
 * @property {'TERM' | 'INT'} stopSignal how the program itself is told to end
 * @property {boolean} asRoot started through sudo, so only root may signal it
 */

const supervisor = join(dirname(fileURLToPath(import.meta.url)), 'supervise.sh');
const runFolder = () => makeFolder(inHome('run'), 0o700);
const recordPath = (name) => join(runFolder(), `${name}.json`);
export const logPath = (name) => join(makeFolder(inHome('logs')), `${name}.log`);

/**
 * Starts a program in the background, kept alive by supervise.sh, with its output in `.sconce/logs/<name>.log`.
 *
 * @param {string} name
 * @param {{ command: string[], env?: NodeJS.ProcessEnv, cwd?: string, fingerprint?: string, stopSignal?: 'TERM' | 'INT', asRoot?: string[] }} what
 *   `stopSignal`: how the program is told to end; `asRoot`: the words that make it run as root ("sudo -n")
 */
export async function startProcess(
  name,
  { command, env = process.env, cwd = '/', fingerprint = '', stopSignal = 'TERM', asRoot = [] },
) {
  await endOrphans(name, asRoot);
  const [file, ...args] = [...asRoot, '/bin/sh', supervisor, stopSignal, logPath(name), ...command];
  const log = openSync(logPath(name), 'a', 0o600);
  writeSync(log, `${startMark} ${new Date().toISOString()} ${command.join(' ')}\n`);
  const child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  // A supervisor that cannot start leaves no pid; waiting for readiness then tells what is missing.
  child.on('error', () => {});
  child.unref();
  if (child.pid === undefined) return;
  writeJson(recordPath(name), {
    pid: child.pid,
    birth: birthOf(child.pid),
    fingerprint,
    stopSignal,
    asRoot: asRoot.length > 0,
  });
}

/** @returns {ProcessRecord | null} null where it is not running; a stale record of a recycled pid is not it */
export function runningProcess(name) {
  const record = readJson(recordPath(name));
  return record !== null && isSame(record) ? record : null;
}

/** Names of all that have a record, running or not. */
export function recordedProcesses() {
  return readdirSync(runFolder())
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length));
}

/** @returns {boolean} whether the recorded process is the one that has its pid now */
export function isSame(record, birth = birthOf) {
  return record.birth !== null && birth(record.pid) === record.birth;
}

/**
 * What tells a process from any other that ever has its pid: the boot, and when within it the process began.
 * Null where there is no such process (a zombie is none).
 */
export function birthOf(pid) {
  if (process.platform !== 'linux') return birthByPs(pid);
  const stat = statOf(pid);
  return stat === null || stat.state === 'Z' || stat.state === 'X' ? null : `${bootId()}/${stat.startTicks}`;
}

const bootId = () =>
  process.platform === 'linux' ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() : '';

/** Null where there is no such process (any more). */
export function statOf(pid) {
  try {
    return fieldsOfStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    // It ended meanwhile.
    return null;
  }
}

/** The command's name, in brackets, may hold blanks and brackets itself: everything counts from the last one. */
export function fieldsOfStat(text) {
  const command = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  // Numbered as in proc(5), where the state is field 3.
  const field = (number) => fields[number - 3];
  // Its own, and that of children which have ended.
  const cpuTicks = [14, 15, 16, 17].reduce((sum, number) => sum + Number(field(number)), 0);
  return {
    command,
    state: field(3),
    parent: Number(field(4)),
    group: Number(field(5)),
    cpuTicks,
    startTicks: field(22),
  };
}

function birthByPs(pid) {
  const { status, stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    timeout: 5_000,
  });
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : null;
}

/**
 * Ends a process by its supervisor, which waits for it. What has not ended in time is killed with its whole group.
 * Does nothing where it is not running. Never signals a recycled pid.
 * @param {string} name
 * @param {number} graceMs
 * @param {string[]} asRoot the words that make a command run as root, for what was started so
 * @returns {Promise<'stopped' | 'killed' | 'absent'>}
 */
export async function stopProcess(name, graceMs, asRoot = []) {
  const record = runningProcess(name);
  if (record === null) {
    const orphans = await endOrphans(name, asRoot);
    rmSync(recordPath(name), { force: true });
    return orphans > 0 ? 'stopped' : 'absent';
  }
  await signal(record.pid, 'TERM', record.asRoot, asRoot);
  const ended = await hasEnded(record, graceMs);
  if (!ended) {
    await signal(-record.pid, 'KILL', record.asRoot, asRoot);
    await hasEnded(record, 5_000);
  }
  rmSync(recordPath(name), { force: true });
  return ended ? 'stopped' : 'killed';
}

/**
 * Ends what a supervisor left behind that was killed itself. Found by the process group that it led: as long as one of them
 * lives, no new process can get that id.
 * @returns {Promise<number>} how many there were
 */
export async function endOrphans(name, asRoot = []) {
  const record = readJson(recordPath(name));
  if (record === null || isSame(record) || birthOf(record.pid) !== null || !record.birth?.startsWith(bootId()))
    return 0;
  const orphans = groupMembers(record.pid).map((pid) => ({ pid, birth: birthOf(pid) }));
  // The supervisor's own helpers began with INT ignored, as shells start everything in the background.
  const isHelper = (pid) => ['sh', 'sleep'].includes(statOf(pid)?.command ?? '');
  for (const { pid } of orphans) await signal(pid, isHelper(pid) ? 'TERM' : record.stopSignal, record.asRoot, asRoot);
  const ended = await Promise.all(orphans.map((orphan) => hasEnded(orphan, orphanGraceMs)));
  for (const [index, { pid }] of orphans.entries()) if (!ended[index]) await signal(pid, 'KILL', record.asRoot, asRoot);
  return orphans.length;
}

const orphanGraceMs = 15_000;

function groupMembers(group) {
  if (process.platform !== 'linux') return [];
  const pids = readdirSync('/proc')
    .filter((each) => /^\d+$/.test(each))
    .map(Number);
  return pids.filter((pid) => statOf(pid)?.group === group && birthOf(pid) !== null);
}

async function signal(pid, name, needsRoot, asRoot) {
  if (needsRoot && asRoot.length > 0) {
    const [file, ...args] = [...asRoot, 'kill', `-${name}`, '--', String(pid)];
    await run(file, args, { timeoutMs: 10_000 });
    return;
  }
  try {
    process.kill(pid, `SIG${name}`);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

async function hasEnded(record, withinMs) {
  const deadline = Date.now() + withinMs;
  while (isSame(record)) {
    if (Date.now() > deadline) return false;
    await sleep(25);
  }
  return true;
}

const startMark = '--- started';

/** Whether it (or its supervisor) is gone, or ended three times since it was started: it will not get better by waiting. */
export function keepsEnding(name) {
  if (runningProcess(name) === null) return true;
  return logTail(name, 200).filter((line) => line.startsWith('supervise: ended')).length >= 3;
}

/** The last lines that a process wrote since it was started here, for telling why it does not get ready. */
export function logTail(name, count = 15) {
  if (!existsSync(logPath(name))) return [];
  const text = readFileSync(logPath(name), 'utf8').slice(-256 * 1024);
  return lastLines(text.slice(text.lastIndexOf(startMark)), count);
}
