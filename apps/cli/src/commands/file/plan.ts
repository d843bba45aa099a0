import { connect } from '../../connection/connect.ts';
import type { Context, GlobalOptions } from '../../context.ts';
import { changesSomething, hiddenSettings, planLines } from '../../file/plan-words.ts';
import { type LocalPlan, readPlan } from '../../file/read-plan.ts';

export interface PlanOptions extends GlobalOptions {
  readonly service?: string;
  readonly project?: string;
  readonly environment?: string;
}

/** The difference between sconce.yaml in the working tree and what is deployed. Changes nothing. */
export async function plan(context: Context, options: PlanOptions): Promise<void> {
  const connected = await connect(context, options);
  const local = await readPlan(context, connected, options);
  if (options.json) return context.terminal.json(planJson(local));
  showPlan(context, local);
  for (const line of nextSteps(local)) context.terminal.note(line);
}

/** The answer of the API, and what only this working tree knows. */
export function planJson({ copy, target, committed, plan }: LocalPlan): object {
  return { target, commit: copy.commit, committed, plan };
}

export function showPlan(context: Context, { target, committed, plan }: LocalPlan): void {
  const { terminal } = context;
  const place = `${target.project}/${target.environment}`;
  terminal.line(
    `${terminal.colours.bold(place)}, sconce.yaml ${committed ? 'as committed' : 'as it stands here, not committed'}`,
  );
  if (plan) for (const line of planLines(plan, terminal.colours)) terminal.line(line);
  else
    for (const slug of target.services)
      terminal.line(`${terminal.colours.green(`+ ${slug}`)}  is made with its environment`);
}

function nextSteps(local: LocalPlan): string[] {
  const { plan, committed } = local;
  const hidden = plan ? hiddenSettings(plan) : [];
  const takeBack =
    hidden.length === 0 ? [] : ['Let the file have its way where people set something: sconce apply --take-back'];
  if (plan && !changesSomething(plan)) return ['The file changes nothing.', ...takeBack];
  const deploy = committed
    ? 'The file is applied with the commit it is in. Deploy it: sconce apply'
    : 'The file is applied with the commit it is in: commit it, then sconce apply';
  return [deploy, ...takeBack];
}
