import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createKeysFile } from '@sconce/secrets-local';
import { freePort, temporaryDirectory, waitUntil } from '@sconce/testkit';

export const secret = 'a secret for measuring only';

export interface Server {
  readonly name: string;
  readonly port: number;
  readonly child: ChildProcess;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The API as it is delivered: built, in a process of its own. */
export async function startApi(
  databaseUrl: string,
  given?: { readonly port: number; readonly home: string },
): Promise<Server & { readonly home: string }> {
  const port = given?.port ?? (await freePort());
  const home = given?.home ?? temporaryDirectory('intake').path;
  if (!given) {
    mkdirSync(home, { recursive: true });
    await createKeysFile(`${home}/keys.json`);
  }
  const env = {
    DATABASE_URL: databaseUrl,
    SCONCE_HOME: home,
    SCONCE_API_PORT: String(port),
    SCONCE_GITHUB_WEBHOOK_SECRET: secret,
    SCONCE_LOG_LEVEL: 'error',
  };
  const server = await startServer('Sconce', port, [at('../../apps/api/dist/main.js')], env);
  return { ...server, home };
}

export async function startOrdinary(databaseUrl: string, redisUrl: string): Promise<Server> {
  const port = await freePort();
  return startServer('ordinary', port, [at('./ordinary-handler.ts'), databaseUrl, redisUrl, String(port), secret], {});
}

async function startServer(
  name: string,
  port: number,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Server> {
  const child = spawn(process.execPath, [...args], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  process.once('exit', () => child.kill('SIGKILL'));
  await waitUntil(`${name} to answer`, async () => (await fetch(`http://127.0.0.1:${port}/`)).status < 500, 30_000);
  return {
    name,
    port,
    child,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      await gone;
    },
  };
}

export interface LoadResult {
  readonly accepted: number;
  readonly refused: number;
  readonly tookMs: number;
  readonly ids: readonly string[];
}

/** Runs the load in a process of its own. */
export function sendLoad(
  port: number,
  bodyFile: string,
  options: { readonly connections: number; readonly seconds: number },
): Promise<LoadResult> {
  const { connections, seconds } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [at('./load.ts'), String(port), secret, bodyFile, String(connections), String(seconds)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let output = '';
    child.stdout.on('data', (data) => {
      output += data;
    });
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve(JSON.parse(output) as LoadResult) : reject(new Error(`the load ended with ${code}`)),
    );
  });
}
