import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Client, Variable } from '@sconce/contract';
import { confirm } from '../../ask/confirm.ts';
import { readStandardInput } from '../../ask/read-hidden-value.ts';
import { connect } from '../../connection/connect.ts';
import type { Context } from '../../context.ts';
import { CliFailure, exitCodes } from '../../exit-code.ts';
import { chooseEnvironment } from '../../place/choose-environment.ts';
import { chooseService } from '../../place/choose-service.ts';
import { printDone } from '../../show/print-facts.ts';
import { table } from '../../terminal/table.ts';
import { parseDotenv } from './parse-dotenv.ts';
import { effectOn, type VariablesOptions } from './variables.ts';

export interface ImportOptions extends VariablesOptions {
  readonly replace?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

interface Change {
  readonly name: string;
  readonly change: 'added' | 'changed' | 'removed';
}

/** Sets what a `.env` file says as one change: adds and changes, and with `--replace` removes what it does not name. `-` is standard input. */
export async function importVariables(context: Context, options: ImportOptions, file: string): Promise<void> {
  const { client } = await connect(context, options);
  const values = parseDotenv(await readSource(context, file));
  const target = await targetOf(context, client, options);
  const changes = planChanges(await target.standing(), values, options.replace === true);
  if (!options.json)
    for (const row of table(changes.map(({ name, change }) => [`  ${mark[change]} ${name}`, change])))
      context.terminal.note(row);
  if (changes.length === 0)
    return printDone(context, options, { changes }, target.where, `${target.where} has all of it already.`);
  if (options.dryRun) return printDone(context, options, { changes }, target.where, 'Nothing was changed.');
  const removed = changes.filter(({ change }) => change === 'removed');
  if (removed.length > 0)
    await confirm(context, options, `Remove ${removed.map(({ name }) => name).join(', ')} from ${target.where}?`);
  const patch = Object.fromEntries(
    changes.map(({ name, change }) => [name, change === 'removed' ? null : (values[name] ?? '')]),
  );
  const reply = await target.change(patch);
  printDone(
    context,
    options,
    { changes, ...reply },
    target.where,
    `Set ${changes.length} on ${target.where}. ${effectOn(target.service, options)}`,
  );
}

const mark = { added: '+', changed: '~', removed: '-' } as const;

/** By name; values are compared, and told to nobody. */
export function planChanges(
  standing: readonly Pick<Variable, 'name' | 'value'>[],
  values: Readonly<Record<string, string>>,
  replace: boolean,
): Change[] {
  const before = new Map(standing.map(({ name, value }) => [name, value]));
  const set = Object.entries(values).flatMap(([name, value]): Change[] => {
    if (!before.has(name)) return [{ name, change: 'added' }];
    return before.get(name) === value ? [] : [{ name, change: 'changed' }];
  });
  const gone = replace ? [...before.keys()].filter((name) => !Object.hasOwn(values, name)) : [];
  return [...set, ...gone.map((name): Change => ({ name, change: 'removed' }))].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
}

async function readSource(context: Context, file: string): Promise<string> {
  const mostBytes = 1024 * 1024;
  if (file === '-') return readStandardInput(context.stdin, mostBytes);
  const bytes = await readFile(resolve(context.directory, file)).catch((cause: NodeJS.ErrnoException) => {
    throw new CliFailure(`${file} could not be read (${cause.code ?? 'unknown'})`, {
      exitCode: exitCodes.usage,
      code: 'no_file',
      cause,
    });
  });
  if (bytes.length > mostBytes)
    throw new CliFailure(`${file} is above ${mostBytes / 1024} KiB`, { exitCode: exitCodes.usage, code: 'too_large' });
  return bytes.toString('utf8');
}

async function targetOf(context: Context, client: Client, options: ImportOptions) {
  const { signal } = context;
  const query = options.deploy ? { deploy: true } : {};
  if (options.environment !== undefined) {
    const environment = await chooseEnvironment(context, client, { environment: options.environment });
    const params = { environment };
    return {
      where: environment,
      service: null,
      standing: async () => (await client.listEnvironmentVariables({ params, signal })).data,
      change: (body: Record<string, string | null>) =>
        client.updateEnvironmentVariables({ params, query, body, signal }),
    };
  }
  const service = await chooseService(context, client, options.service);
  const params = { service: service.id };
  return {
    where: service.path,
    service,
    // Only its own layer: what comes from below is neither changed nor removed.
    standing: async () =>
      (await client.listServiceVariables({ params, signal })).data.filter(({ source }) => source === 'service'),
    change: (body: Record<string, string | null>) => client.updateServiceVariables({ params, query, body, signal }),
  };
}
