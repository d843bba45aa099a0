import { resolve } from 'node:path';
import type { Context, GlobalOptions } from '../context.ts';
import { CliFailure, exitCodes } from '../exit-code.ts';
import {
  type FileConnection,
  findUpFile,
  readConnectionFile,
  type StoredConnection,
  userConfigPath,
} from './connection-files.ts';
import { installationFiles } from './installation.ts';

export interface Connection {
  readonly apiUrl: string;
  readonly token: string | null;
  /** Where it was found, for people. */
  readonly source: string;
}

/**
 * Where the API is and with what token, from the first place that says: flags, environment, `up.json` in `SCONCE_HOME`, `.sconce/up.json` here or above,
 * `~/.config/sconce/config.json`, the checkout this command belongs to. A token only ever goes to the address it was stored with:
 * naming another address brings no token along.
 */
export async function findConnection(context: Context, options: GlobalOptions): Promise<Connection> {
  const named = options.apiUrl ?? (context.environment.SCONCE_API_URL || undefined);
  const given = options.token ?? (context.environment.SCONCE_TOKEN || undefined);
  if (named !== undefined && !isHttpUrl(named)) {
    throw new CliFailure(`${named.slice(0, 200)} is not an http(s) address`, {
      exitCode: exitCodes.usage,
      code: 'invalid_url',
      hint: `Name it whole: ${isHttpUrl(`http://${named}`) ? `http://${named.slice(0, 200)}` : 'https://sconce.example.com'}`,
    });
  }
  const stored = await storedConnections(context);
  if (named !== undefined) {
    const same = stored.find((connection) => new URL(connection.apiUrl).origin === new URL(named).origin);
    return {
      apiUrl: named,
      token: given ?? same?.token ?? null,
      source: options.apiUrl ? '--api-url' : 'SCONCE_API_URL',
    };
  }
  const [first] = stored;
  if (!first) throw nothingFound();
  return { apiUrl: first.apiUrl, token: given ?? first.token, source: first.source };
}

async function storedConnections(context: Context): Promise<StoredConnection[]> {
  const ownHome = context.environment.SCONCE_HOME;
  const found: (FileConnection | null)[] = [
    ownHome ? await readConnectionFile(resolve(context.directory, ownHome, 'up.json')) : null,
    await findUpFile(context.directory),
    await readConnectionFile(userConfigPath(context.environment, context.home)),
    context.checkout === null ? null : await readConnectionFile(installationFiles(context.checkout).upFile),
  ];
  return found.flatMap((connection) => {
    if (connection && 'unsafe' in connection) context.terminal.note(`Passing over a file: ${connection.unsafe}`);
    return connection && !('unsafe' in connection) ? [connection] : [];
  });
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function nothingFound(): CliFailure {
  return new CliFailure('I do not know which Sconce to talk to', {
    exitCode: exitCodes.usage,
    code: 'not_connected',
    hint: 'Start one here with `sconce up`, or connect to one with `sconce login --api-url https://...`.',
  });
}
