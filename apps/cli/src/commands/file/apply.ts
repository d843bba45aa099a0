import type { FilePlan } from '@sconce/contract';
import { confirm } from '../../ask/confirm.ts';
import { type Connected, connect } from '../../connection/connect.ts';
import type { Context } from '../../context.ts';
import { CliFailure } from '../../exit-code.ts';
import { changesSomething, hiddenSettings, takeBackPatch } from '../../file/plan-words.ts';
import { type LocalPlan, readPlan } from '../../file/read-plan.ts';
import { deploy } from '../service/deploy.ts';
import { type PlanOptions, planJson, showPlan } from './plan.ts';

export interface ApplyOptions extends PlanOptions {
  readonly yes?: boolean;
  readonly takeBack?: boolean;
  /** Commander's word for `--no-deploy`: false when it was given. */
  readonly deploy?: boolean;
}

interface Step {
  readonly what: string;
  readonly run: () => Promise<unknown>;
}

/**
 * Makes the file's word count: shows the difference, makes what it names and the API can make, with `--take-back` takes back what people set over it,
 * and deploys the commit it is in. The file's own settings are never written over the API: a later commit could not change them then.
 */
export async function apply(context: Context, options: ApplyOptions): Promise<void> {
  const connected = await connect(context, options);
  const local = await readPlan(context, connected, options);
  const { terminal } = context;
  if (!options.json) showPlan(context, local);
  refuse(local, options);
  const steps = local.plan ? stepsOf(context, connected, local.plan, options) : [];
  const deploys = options.deploy !== false && (local.plan === null || changesSomething(local.plan) || steps.length > 0);
  const all = [...steps.map(({ what }) => what), ...(deploys ? [`deploy ${local.copy.commit.slice(0, 7)}`] : [])];
  if (all.length === 0) {
    if (options.json) terminal.json({ ...planJson(local), applied: [] });
    else terminal.note('There is nothing to do.');
    return;
  }
  if (!options.json) for (const what of all) terminal.note(`Will ${what}`);
  await confirm(context, options, 'Apply it?');
  for (const { run } of steps) await run();
  if (deploys) return deploy(context, deployOptions(options, local));
  if (options.json) terminal.json({ ...planJson(local), applied: steps.map(({ what }) => what) });
  else terminal.line('Done. The file itself is applied with its commit: sconce deploy');
}

/** What stands in the way, before anything is changed. */
function refuse({ plan, committed }: LocalPlan, options: ApplyOptions): void {
  const refused = plan?.services.find(({ action }) => action === 'refuse');
  if (refused) throw new CliFailure(refused.message ?? `${refused.slug} is refused`, { code: 'config_invalid' });
  if (committed || options.deploy === false) return;
  throw new CliFailure('sconce.yaml is not committed as it stands, and it is applied with the commit it is in', {
    code: 'not_committed',
    hint: 'Commit it: git add sconce.yaml && git commit. Or apply without it: sconce apply --no-deploy',
  });
}

function stepsOf(context: Context, { client }: Connected, plan: FilePlan, options: ApplyOptions): Step[] {
  const { signal } = context;
  const environment = `${plan.project.slug}/${plan.environment.slug}`;
  const missing = [...new Set(plan.services.flatMap(({ secretGroups }) => secretGroups.missing))];
  const groups = missing.map((slug) => ({
    what: `make secret group ${slug}, empty`,
    run: () => client.createSecretGroup({ params: { environment }, body: { slug }, signal }),
  }));
  const hidden = options.takeBack ? hiddenSettings(plan) : [];
  const taken = hidden.map(({ service, path, names }) => ({
    what: `take back what was set on ${path}: ${names.join(', ')}`,
    run: () => client.updateService({ params: { service }, body: takeBackPatch(names), signal }),
  }));
  return [...groups, ...taken];
}

function deployOptions({ json, quiet, apiUrl, token }: ApplyOptions, { target }: LocalPlan) {
  const global = {
    ...(json ? { json } : {}),
    ...(quiet ? { quiet } : {}),
    ...(apiUrl ? { apiUrl } : {}),
    ...(token ? { token } : {}),
  };
  return { ...global, project: target.project, environment: target.environment };
}
