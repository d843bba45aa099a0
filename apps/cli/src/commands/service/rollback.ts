import type { Rollout, Service } from '@sconce/contract';
import { type Connected, connect } from '../../connection/connect.ts';
import type { Context, GlobalOptions } from '../../context.ts';
import { lastLinesOf } from '../../deploy/last-lines.ts';
import { poll } from '../../deploy/poll.ts';
import { CliFailure } from '../../exit-code.ts';
import { chooseService } from '../../place/choose-service.ts';
import { findRelease } from '../../place/find-release.ts';
import { printDone } from '../../show/print-facts.ts';
import { createProgress, silentProgress } from '../../terminal/progress.ts';
import { duration, took } from '../../terminal/times.ts';

export interface RollbackOptions extends GlobalOptions {
  readonly service?: string;
  readonly follow?: boolean;
  readonly dryRun?: boolean;
}

/** Goes back to an earlier release: by default the one that was live before. No build; variables and secrets as they were. */
export async function rollback(context: Context, options: RollbackOptions, named: string | undefined): Promise<void> {
  const startedAt = performance.now();
  const connected = await connect(context, options);
  const { client } = connected;
  const { terminal, signal } = context;
  const service = await chooseService(context, client, options.service);
  const body = named === undefined ? {} : { release: await findRelease(client, service, named, signal) };
  const query = options.dryRun ? { dryRun: true } : {};
  const begun = await client.createRollback({ params: { service: service.id }, query, body, signal });
  if (options.dryRun) {
    const said = `${service.path} would go back to ${begun.release.name}`;
    return printDone(
      context,
      options,
      begun,
      begun.release.name,
      said,
      ...(begun.forecast ? [begun.forecast.message] : []),
    );
  }
  const rollout = options.follow ? await followToLive(context, options, connected, begun) : begun;
  if (options.json) return terminal.json(rollout);
  const { green, blue, bold } = terminal.colours;
  const word = rollout.liveAt !== null ? green('● live') : blue('◐ moving');
  const after = options.follow ? ` in ${took(performance.now() - startedAt)}` : '';
  terminal.line(`${word}  ${bold(service.path)} back to ${rollout.release.name}${after}`);
  terminal.line('  Pinned: pushes build and do not deploy. Let them: sconce unpin');
}

async function followToLive(
  context: Context,
  options: RollbackOptions,
  { client }: Connected,
  begun: Rollout,
): Promise<Rollout> {
  const { signal, terminal } = context;
  const startedAt = performance.now();
  const progress = options.json ? silentProgress : createProgress(terminal);
  try {
    const rollout = await poll(
      `${begun.release.name} to be live`,
      { signal, everyMs: 100, onTrouble: () => progress.line('The API does not answer; still trying.') },
      async () => {
        const now = await client.getRollout({ params: { rollout: begun.id }, signal });
        progress.row(
          now.phase,
          () => `back to ${now.release.name}: ${now.phase}  ${duration(performance.now() - startedAt)}`,
        );
        return now.liveAt !== null || ['complete', 'aborted', 'superseded'].includes(now.phase) ? now : null;
      },
    );
    if (rollout.liveAt !== null && rollout.phase !== 'aborted') return rollout;
    const lines = await lastLinesOf(client, rollout, signal).catch(() => []);
    throw new CliFailure(rollout.message ?? `The rollback was ${rollout.phase}`, {
      code: rollout.reason ?? rollout.phase,
      hint: rollout.hint,
      lines,
    });
  } finally {
    progress.end();
  }
}

/** Keeps the live release: pushes build and do not deploy. */
export async function pin(context: Context, options: RollbackOptions): Promise<void> {
  return setAutoDeploy(context, options, false);
}

/** Lets pushes deploy again. */
export async function unpin(context: Context, options: RollbackOptions): Promise<void> {
  return setAutoDeploy(context, options, true);
}

async function setAutoDeploy(context: Context, options: RollbackOptions, autoDeploy: boolean): Promise<void> {
  const { client } = await connect(context, options);
  const { id } = await chooseService(context, client, options.service);
  const service: Service = await client.updateService({
    params: { service: id },
    body: { autoDeploy },
    signal: context.signal,
  });
  const said = autoDeploy
    ? `Pushes deploy ${service.path} again.`
    : `${service.path} is pinned${service.live ? ` to ${service.live.release.name}` : ''}: pushes build and do not deploy.`;
  printDone(context, options, service, service.path, said);
}
