import { type Client, createClient } from '@sconce/contract';
import type { Context, GlobalOptions } from '../context.ts';
import { CliFailure, exitCodes } from '../exit-code.ts';
import { type Connection, findConnection } from './find-connection.ts';

export interface Connected extends Connection {
  readonly client: Client;
  readonly token: string;
}

/** The client of the API that was found. Throws `CliFailure` when there is none, or no token for it. */
export async function connect(context: Context, options: GlobalOptions): Promise<Connected> {
  const connection = await findConnection(context, options);
  const { apiUrl, token } = connection;
  if (token === null) {
    throw new CliFailure(`There is no token for ${apiUrl}`, {
      exitCode: exitCodes.denied,
      code: 'unauthenticated',
      hint: `Run: sconce login --api-url ${apiUrl}`,
    });
  }
  return { ...connection, token, client: createClient({ baseUrl: apiUrl, token }) };
}
