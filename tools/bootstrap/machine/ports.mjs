import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { Problem } from '../terminal/problem.mjs';
import { findProgram, run } from './command.mjs';

/** @returns {Promise<boolean>} whether something could listen there now */
export function isFree(port, host = '127.0.0.1') {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** The first free port from `first` on; installations side by side get neighbours. */
export async function freePortFrom(first) {
  for (let port = first; port < first + 200; port += 1) if (await isFree(port)) return port;
  throw new Problem(`No free port between ${first} and ${first + 199}.`, '`ss -ltnp` shows what listens.');
}

/**
 * Throws a Problem that names who has the port and which variable moves ours.
 * @param {number} port
 * @param {string} host
 * @param {string} what "the API"
 * @param {string} variable "SCONCE_API_PORT"
 */
export async function mustBeFree(port, host, what, variable) {
  if (await isFree(port, host)) return;
  throw portTaken(port, what, variable, await whoListens(port));
}

export function portTaken(port, what, variable, who) {
  const by =
    who === null ? 'another process (of another user, or gone meanwhile)' : `${who.command} (process ${who.pid})`;
  return new Problem(`Port ${port}, for ${what}, is taken by ${by}.`, [
    `Stop it, or use another port: ${variable}=${port + 100} npm run up`,
    'The choice is remembered for later runs.',
  ]);
}

/** @returns {Promise<{ pid: number, command: string } | null>} null where it cannot be seen */
export async function whoListens(port) {
  if (process.platform !== 'linux') return whoListensByLsof(port);
  const inodes = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) => listeningInodes(readOr(path, ''), port));
  if (inodes.length === 0) return null;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (socketsOf(pid).some((inode) => inodes.includes(inode))) return { pid: Number(pid), command: commandOf(pid) };
  }
  return null;
}

/** Inodes of sockets that listen on the port, from the text of /proc/net/tcp. */
export function listeningInodes(text, port) {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const listening = '0A';
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(`:${hexPort}`) && fields[3] === listening)
    .map((fields) => fields[9]);
}

function socketsOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const match = /^socket:\[(\d+)\]$/.exec(readlinkOr(`/proc/${pid}/fd/${fd}`));
      return match ? [match[1]] : [];
    });
  } catch {
    // Another user's process, or one that ended meanwhile.
    return [];
  }
}

function commandOf(pid) {
  const words = readOr(`/proc/${pid}/cmdline`, '').split('\0').filter(Boolean).join(' ');
  const name = words || readOr(`/proc/${pid}/comm`, 'a process').trim();
  // Its middle says least: the program is at the front, what it runs at the end.
  return name.length > 90 ? `${name.slice(0, 40)}…${name.slice(-49)}` : name;
}

async function whoListensByLsof(port) {
  if (findProgram('lsof') === null) return null;
  const { stdout } = await run('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], { timeoutMs: 5_000 });
  const pid = /^p(\d+)$/m.exec(stdout)?.[1];
  return pid ? { pid: Number(pid), command: /^c(.+)$/m.exec(stdout)?.[1] ?? 'a process' } : null;
}

function readOr(path, otherwise) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}

function readlinkOr(path) {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
