import type { BranchRule, Client } from '@sconce/contract';
import { confirm } from '../../ask/confirm.ts';
import { connect } from '../../connection/connect.ts';
import type { Context } from '../../context.ts';
import { CliFailure, exitCodes } from '../../exit-code.ts';
import { chooseEnvironment } from '../../place/choose-environment.ts';
import { chooseProject } from '../../place/choose-project.ts';
import { refuseNothing } from '../../place/refuse-nothing.ts';
import { printDone, printFacts } from '../../show/print-facts.ts';
import { type ListOptions, printList, readList } from '../../show/print-list.ts';
import { cleanText } from '../../terminal/clean-text.ts';
import { age, clock } from '../../terminal/times.ts';
import { findRepository } from './repositories.ts';

export interface BranchRuleOptions extends ListOptions {
  readonly project?: string;
  readonly environment?: string;
  readonly repository?: string;
  readonly branch?: readonly string[];
  readonly position?: string;
  readonly yes?: boolean;
}

/** All of them, or with `branch` those that a push to it would deploy by. */
export async function listBranchRules(
  context: Context,
  options: Omit<BranchRuleOptions, 'branch'> & { readonly branch?: string },
): Promise<void> {
  const { client } = await connect(context, options);
  const project = await chooseProject(context, client, options.project);
  const { branch, repository } = options;
  const filter = {
    ...(branch === undefined ? {} : { branch }),
    ...(repository === undefined
      ? {}
      : { repository: (await findRepository(context, client, project.slug, repository)).id }),
  };
  const reply = await readList(options, (query) =>
    client.listBranchRules({ params: { project: project.id }, query: { ...query, ...filter }, signal: context.signal }),
  );
  const sorted = { ...reply, data: [...reply.data].sort((a, b) => a.position - b.position) };
  printList(context, options, options.json ? reply : sorted, {
    empty: `${project.slug} has no branch rule${branch === undefined ? ': no push deploys' : ` for ${cleanText(branch)}: a push to it deploys nothing`}. Make one: sconce branch-rules create --environment production --branch ${cleanText(branch ?? 'main')}`,
    head: ['RULE', 'BRANCHES', 'DEPLOY TO', 'OF', 'MADE'],
    name: ({ id }) => id,
    row: (rule, now) => [rule.id, branchWords(rule), rule.environment.slug, ofWords(rule), age(rule.createdAt, now)],
  });
}

export async function showBranchRule(context: Context, options: BranchRuleOptions, id: string): Promise<void> {
  const { client } = await connect(context, options);
  const rule = await client.getBranchRule({ params: { branchRule: id }, signal: context.signal });
  printFacts(context, options, rule, rule.id, [
    ['branches', branchWords(rule)],
    ['deploy to', `${rule.project.slug}/${rule.environment.slug}`],
    ['of', ofWords(rule)],
    ['position', String(rule.position)],
    ['made', clock(rule.createdAt, Date.now())],
  ]);
}

export async function createBranchRule(context: Context, options: BranchRuleOptions): Promise<void> {
  const { client } = await connect(context, options);
  const { branch: branches } = options;
  if (!branches)
    throw new CliFailure('Name the branches: --branch main, several times if need be', {
      exitCode: exitCodes.usage,
      code: 'invalid',
      hint: '`main` is that branch alone; `release/*` is a glob; `!wip/**` takes away.',
    });
  const environment = await chooseEnvironment(context, client, options);
  const { project } = await client.getEnvironment({ params: { environment }, signal: context.signal });
  const rule = await client.createBranchRule({
    params: { project: project.id },
    body: { environment, branches: [...branches], ...(await otherFields(client, project.slug, options, context)) },
    signal: context.signal,
  });
  printDone(
    context,
    options,
    rule,
    rule.id,
    `${branchWords(rule)} deploys to ${project.slug}/${rule.environment.slug}.`,
  );
}

export async function updateBranchRule(context: Context, options: BranchRuleOptions, id: string): Promise<void> {
  const { client } = await connect(context, options);
  const before = await client.getBranchRule({ params: { branchRule: id }, signal: context.signal });
  const changes = {
    ...(options.environment === undefined ? {} : { environment: options.environment }),
    ...(options.branch === undefined ? {} : { branches: [...options.branch] }),
    ...(await otherFields(client, before.project.slug, options, context)),
  };
  const rule = await client.updateBranchRule({
    params: { branchRule: id },
    body: refuseNothing(changes, `sconce branch-rules set ${id} --branch main --branch "release/*"`),
    ifMatch: `"${before.version}"`,
    signal: context.signal,
  });
  printDone(
    context,
    options,
    rule,
    rule.id,
    `${branchWords(rule)} deploys to ${rule.project.slug}/${rule.environment.slug}.`,
  );
}

export async function deleteBranchRule(context: Context, options: BranchRuleOptions, id: string): Promise<void> {
  const { client } = await connect(context, options);
  const rule = await client.getBranchRule({ params: { branchRule: id }, signal: context.signal });
  const place = `${rule.project.slug}/${rule.environment.slug}`;
  await confirm(context, options, `Delete the rule that ${branchWords(rule)} deploys to ${place}?`);
  const reply = await client.deleteBranchRule({ params: { branchRule: id }, signal: context.signal });
  printDone(context, options, reply, rule.id, `${branchWords(rule)} no longer deploys to ${place} by this rule.`);
}

async function otherFields(
  client: Client,
  project: string,
  { repository, position }: BranchRuleOptions,
  { signal }: Context,
): Promise<{ repository?: string | null; position?: number }> {
  if (position !== undefined && !/^\d{1,5}$/.test(position))
    throw new CliFailure('--position wants a whole number', { exitCode: exitCodes.usage, code: 'invalid' });
  const named = repository?.includes('/') || repository?.startsWith('rpo_') ? repository : `${project}/${repository}`;
  const of =
    repository === undefined
      ? {}
      : {
          repository:
            repository === 'any' ? null : (await client.getRepository({ params: { repository: named }, signal })).id,
        };
  return { ...of, ...(position === undefined ? {} : { position: Number(position) }) };
}

function branchWords({ branches }: BranchRule): string {
  return branches.map((branch) => cleanText(branch)).join(', ');
}

function ofWords({ repository }: BranchRule): string {
  return repository?.slug ?? 'any repository';
}
