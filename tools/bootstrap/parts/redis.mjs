import { randomBytes } from 'node:crypto';
import { existsSync, symlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../machine/command.mjs';
import { inHome, makeFolder, readJson, writeFile, writeJson } from '../machine/home.mjs';
import { installThing } from '../machine/packages.mjs';
import { freePortFrom, isFree } from '../machine/ports.mjs';
import { keepsEnding, logTail, runningProcess, startProcess } from '../machine/processes.mjs';
import { Problem } from '../terminal/problem.mjs';
import { step } from '../terminal/step.mjs';

export const redisProcess = 'redis';
const instead = 'set REDIS_URL to one that runs (redis://host:6379).';
const recordPath = inHome('redis.json');
/** Where programs lie that this installation brought itself; first on its PATH. */
export const ownPrograms = inHome('bin');

/** The server's program, installed where it is missing. @returns {Promise<string>} */
export async function ensureRedisProgram(progress) {
  const present = findRedisProgram();
  if (present) return present;
  progress.doing('installing redis-tools with apt: Redis hands work from the API to the workers');
  await installThing('redis', instead);
  const installed = findRedisProgram();
  if (!installed)
    throw new Problem('redis-tools was installed, but holds no server.', [`Install redis-server, or ${instead}`]);
  return installed;
}

export const findRedisProgram = () => findProgram('redis-server', [ownPrograms]) ?? linkFromTools();

/** Debian ships one program under two names, the server's in another package; the name it is called by decides what it is. */
function linkFromTools() {
  const program = findProgram('redis-check-rdb');
  if (program === null) return null;
  const link = `${makeFolder(ownPrograms)}/redis-server`;
  if (!existsSync(link)) symlinkSync(program, link);
  return link;
}

/** @returns {Promise<string>} the URL of the Redis to use */
export async function ensureRedis() {
  let url = process.env.REDIS_URL;
  await step('Redis', async (progress) => {
    if (url) {
      await mustAnswer(url);
      return 'as given by REDIS_URL';
    }
    const program = await ensureRedisProgram(progress);
    const { port, password } = await record();
    url = `redis://:${password}@127.0.0.1:${port}`;
    if (runningProcess(redisProcess)) return `127.0.0.1:${port}`;
    await start(program, port, password);
    await waitUntilAnswering(url);
    return `127.0.0.1:${port}`;
  });
  return url;
}

/** Port and password stay the same for good, unless somebody else took the port meanwhile. */
async function record() {
  const known = readJson(recordPath);
  if (known && (runningProcess(redisProcess) || (await isFree(known.port)))) return known;
  const made = { port: await freePortFrom(7579), password: known?.password ?? randomBytes(24).toString('hex') };
  writeJson(recordPath, made);
  return made;
}

async function start(program, port, password) {
  const folder = makeFolder(inHome('data', 'redis'), 0o700);
  // A password in the arguments could be read by every user of the machine.
  const settings = [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir "${folder}"`,
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    // Messages must never be dropped to make room: BullMQ needs it so.
    'maxmemory 256mb',
    'maxmemory-policy noeviction',
    'hz 5',
    'databases 1',
    'daemonize no',
  ];
  const path = inHome('data', 'redis.conf');
  writeFile(path, `${settings.join('\n')}\n`);
  await startProcess(redisProcess, { command: [program, path] });
}

async function waitUntilAnswering(url) {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const answer = await ping(url).catch((error) => error.message);
    if (answer === true) return;
    if (Date.now() > deadline || keepsEnding(redisProcess))
      throw new Problem(
        `Redis was started but does not answer: ${answer}.`,
        [`Its log: ${inHome('logs', 'redis.log')}`],
        logTail(redisProcess),
      );
    await sleep(30);
  }
}

async function mustAnswer(url) {
  const answer = await ping(url).catch((error) => error.message);
  if (answer !== true)
    throw new Problem(`REDIS_URL is given, but no Redis answers there: ${answer}.`, [
      'Start it, or unset REDIS_URL to let Sconce run its own.',
    ]);
}

/** @returns {Promise<true>} rejects with what the server said, or why it could not be asked */
async function ping(url) {
  const { hostname, port, username, password, protocol } = new URL(url);
  // With TLS it is enough that something listens: the platform itself checks the rest.
  const commands = [
    ...(password ? [`AUTH ${username ? `${decodeURIComponent(username)} ` : ''}${decodeURIComponent(password)}`] : []),
    'PING',
  ];
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname.replace(/[[\]]/g, ''), port: Number(port || 6379) });
    socket.setTimeout(3_000, () => socket.destroy(new Error('no answer within 3 s')));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('it closed the connection')));
    socket.on('connect', () => {
      if (protocol === 'rediss:') resolve(true);
      else socket.write(`${commands.join('\r\n')}\r\n`);
    });
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
      if (text.includes('+PONG')) resolve(true);
      else if (/^-/m.test(text))
        reject(
          new Error(
            text
              .split('\r\n')
              .find((line) => line.startsWith('-'))
              .slice(1, 200),
          ),
        );
      if (text.includes('+PONG') || /^-/m.test(text)) socket.destroy();
    });
  });
}
