import { execFile } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { type Server, secret } from './servers.ts';

const call = promisify(execFile);
const script = fileURLToPath(new URL('./deliveries.lua', import.meta.url));

/** wrk costs a tenth of what a client in Node would: on few cores the client must not be what is measured. */
export async function installWrk(): Promise<void> {
  if (await call('which', ['wrk']).catch(() => null)) return;
  process.stdout.write('installing wrk: it sends the deliveries\n');
  await call('apt-get', ['install', '--yes', '--no-install-recommends', 'wrk'], { timeout: 300_000 });
}

export interface Measured {
  readonly perSecond: number;
  /** Of handler, Postgres and Redis together: what it costs, however busy the machine is with other things. */
  readonly cpuMicrosPerDelivery: number;
}

export async function measure(
  server: Server,
  helpers: readonly number[],
  bodyFile: string,
  connections: number,
  seconds: number,
): Promise<Measured> {
  const signature = createHmac('sha256', secret).update(readFileSync(bodyFile)).digest('hex');
  const roots = [server.child.pid ?? 0, ...helpers];
  const before = cpuTicks(roots);
  const load = [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '-s',
    script,
    `http://127.0.0.1:${server.port}`,
    '--',
    bodyFile,
    signature,
    randomBytes(8).toString('hex'),
  ];
  const { stdout } = await call('wrk', load, { timeout: (seconds + 30) * 1_000 });
  const refused = /Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1];
  if (refused) throw new Error(`${server.name} refused ${refused} deliveries`);
  const answered = Number(/(\d+) requests in/.exec(stdout)?.[1]);
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  return { perSecond, cpuMicrosPerDelivery: spentMicros(before, cpuTicks(roots)) / answered };
}

/**
 * CPU ticks of 10 ms, user and system, of these processes and their children (proc(5)). Children that came or went in between are left out: a
 * Postgres keeps its connections.
 */
function cpuTicks(roots: readonly number[]): Map<number, number> {
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(name) ?? []);
  return new Map(
    stats
      .filter(({ pid, parent }) => roots.includes(pid) || roots.includes(parent))
      .map(({ pid, ticks }) => [pid, ticks]),
  );
}

function statOf(pid: string): { readonly pid: number; readonly parent: number; readonly ticks: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(') ') + 2).split(' ');
    return { pid: Number(pid), parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return null;
  }
}

function spentMicros(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>): number {
  return [...after].reduce((sum, [pid, ticks]) => sum + (ticks - (before.get(pid) ?? ticks)) * 10_000, 0);
}

/** The process that holds this database's server. */
export async function postmasterOf(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const parent = statOf(String(rows[0]?.pid))?.parent;
  await client.end();
  if (parent === undefined) throw new Error('Postgres is not on this machine');
  return parent;
}

export function redisPid(redisUrl: string): Promise<number> {
  const { hostname, port } = new URL(redisUrl);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write('INFO server\r\n'));
    socket.once('data', (data) => {
      resolve(Number(/process_id:(\d+)/.exec(data.toString())?.[1]));
      socket.destroy();
    });
    socket.on('error', reject);
  });
}
