import type { Client, Service, Variable } from '@sconce/contract';
import { connect } from '../../connection/connect.ts';
import type { Context, GlobalOptions } from '../../context.ts';
import { CliFailure, exitCodes } from '../../exit-code.ts';
import { chooseEnvironment } from '../../place/choose-environment.ts';
import { chooseService } from '../../place/choose-service.ts';
import { printDone } from '../../show/print-facts.ts';
import { printList } from '../../show/print-list.ts';
import { cleanText } from '../../terminal/clean-text.ts';
import { age } from '../../terminal/times.ts';

export interface VariablesOptions extends GlobalOptions {
  readonly service?: string;
  /** `project/environment`: variables of all its services. */
  readonly environment?: string;
  readonly deploy?: boolean;
}

export async function listVariables(context: Context, options: VariablesOptions): Promise<void> {
  const { client } = await connect(context, options);
  const { signal } = context;
  const reply =
    options.environment !== undefined
      ? await client.listEnvironmentVariables({
          params: { environment: await chooseEnvironment(context, client, { environment: options.environment }) },
          signal,
        })
      : await client.listServiceVariables({
          params: { service: (await chooseService(context, client, options.service)).id },
          signal,
        });
  printList(context, options, reply, {
    empty: 'No variables. Set one: sconce variables set NAME=value',
    name: ({ name }) => name,
    row: (variable, now) => variableRow(context, variable, now),
  });
}

function variableRow(context: Context, variable: Variable, now: number): string[] {
  const { dim } = context.terminal.colours;
  const value =
    variable.value === null ? '(sealed for a key that is not here)' : cleanText(variable.value.replaceAll('\n', '\\n'));
  return [
    variable.name,
    value,
    dim(variable.source),
    dim(`v${variable.version}`),
    dim(variable.updatedAt ? age(variable.updatedAt, now) : ''),
  ];
}

export async function setVariables(
  context: Context,
  options: VariablesOptions,
  pairs: readonly string[],
): Promise<void> {
  const changes = parseAssignments(pairs);
  await change(context, options, changes, `Set ${[...Object.keys(changes)].join(', ')}`);
}

export async function unsetVariables(
  context: Context,
  options: VariablesOptions,
  names: readonly string[],
): Promise<void> {
  await change(context, options, Object.fromEntries(names.map((name) => [name, null])), `Removed ${names.join(', ')}`);
}

/** `NAME=value`; the value is everything after the first `=`. */
export function parseAssignments(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1)
        throw new CliFailure(`"${pair.slice(0, 60)}" is not NAME=value`, {
          exitCode: exitCodes.usage,
          code: 'invalid',
          hint: 'sconce variables set LOG_LEVEL=debug WORKERS=2',
        });
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

async function change(
  context: Context,
  options: VariablesOptions,
  body: Record<string, string | null>,
  done: string,
): Promise<void> {
  const { client } = await connect(context, options);
  const query = options.deploy ? { deploy: true } : {};
  const { where, reply, service } = await patch(context, client, options, body, query);
  printDone(context, options, reply, where, `${done} on ${where}. ${effectOn(service, options)}`);
}

/** When it takes effect; null: on all services of an environment. */
export function effectOn(service: Service | null, { deploy }: { readonly deploy?: boolean }): string {
  if (!deploy) return 'The next release takes it up; make one now with --deploy.';
  if (service === null) return 'Services that were deployed get a release with it: sconce status';
  if (service.desired || service.live) return 'A release with it is being made: sconce status';
  return 'Nothing was deployed to it yet: its first release takes it up.';
}

async function patch(
  context: Context,
  client: Client,
  options: VariablesOptions,
  body: Record<string, string | null>,
  query: { deploy?: boolean },
) {
  const { signal } = context;
  if (options.environment !== undefined) {
    const environment = await chooseEnvironment(context, client, { environment: options.environment });
    const reply = await client.updateEnvironmentVariables({
      params: { environment },
      query,
      body,
      signal,
    });
    return { where: environment, reply, service: null };
  }
  const service = await chooseService(context, client, options.service);
  const reply = await client.updateServiceVariables({ params: { service: service.id }, query, body, signal });
  return { where: service.path, reply, service };
}
