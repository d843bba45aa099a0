import { readHiddenValue } from '../../ask/read-hidden-value.ts';
import { connect } from '../../connection/connect.ts';
import { removeUserConfig, userConfigPath, writeUserConfig } from '../../connection/connection-files.ts';
import { findConnection } from '../../connection/find-connection.ts';
import type { Context, GlobalOptions } from '../../context.ts';
import { CliFailure, exitCodes } from '../../exit-code.ts';

/** Keeps an address and a token, read from standard input, for this user; checks them first. */
export async function login(context: Context, options: GlobalOptions): Promise<void> {
  const { apiUrl } = await findConnection(context, options);
  const token =
    options.token ?? (context.environment.SCONCE_TOKEN || (await readHiddenValue(context, `Token for ${apiUrl}`)));
  const { client } = await connect(context, { ...options, apiUrl, token: token.trim() });
  const me = await client.getMe({ signal: context.signal });
  if (me.token.kind === 'session' || me.token.kind === 'setup')
    throw new CliFailure('That is not a token for programs', {
      exitCode: exitCodes.denied,
      code: 'forbidden',
      hint: 'Make a personal token in the dashboard, under your name.',
    });
  const path = userConfigPath(context.environment, context.home);
  await writeUserConfig(path, { apiUrl, token: token.trim() });
  if (options.json) return context.terminal.json({ apiUrl, user: me.user, token: me.token });
  context.terminal.line(`Hello ${me.user?.name ?? me.token.name}. ${apiUrl} is kept in ${path}.`);
}

export async function logout(context: Context, options: GlobalOptions): Promise<void> {
  const path = userConfigPath(context.environment, context.home);
  const removed = await removeUserConfig(path);
  if (options.json) return context.terminal.json({ removed });
  context.terminal.line(
    removed
      ? `Removed ${path}. The token itself still works; revoke it in the dashboard.`
      : 'There was nothing to remove.',
  );
}

/** Who the API takes this to be, and where the connection was found. */
export async function whoAmI(context: Context, options: GlobalOptions): Promise<void> {
  const { client, apiUrl, source } = await connect(context, options);
  const me = await client.getMe({ signal: context.signal });
  if (options.json) return context.terminal.json({ apiUrl, source, ...me });
  context.terminal.line(`${me.user ? `${me.user.name} <${me.user.email}>` : me.token.name} on ${apiUrl}`);
  context.terminal.line(`  token ${me.token.name} (${me.token.scopes.join(', ')}), found in ${source}`);
}
