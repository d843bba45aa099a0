import { connect } from '../../connection/connect.ts';
import type { Context, GlobalOptions } from '../../context.ts';
import type { Completes } from '../../table/command-spec.ts';
import { commandTable } from '../../table/command-table.ts';
import { planCompletion } from '../../table/plan-completion.ts';
import { cleanText } from '../../terminal/clean-text.ts';

/** The API has this long to name what there is; a shell that hangs at a key is worse than one that offers nothing. */
const patienceMs = 1_000;

/** What could stand where the last of `words` is being typed: one a line, with a tab and what it is; `:file` lets the shell offer files. */
export async function complete(context: Context, options: GlobalOptions, words: readonly string[]): Promise<void> {
  const { terminal } = context;
  const { offers, names } = planCompletion(commandTable, words);
  const begun = words.at(-1) ?? '';
  for (const { word, about } of offers) terminal.line(`${word}\t${about}`);
  if (names === 'file') return terminal.line(':file');
  if (names === null) return;
  const found = await namesOf(context, options, names).catch(() => []);
  for (const name of found) if (name.startsWith(begun)) terminal.line(`${cleanText(name)}\t${names}`);
}

async function namesOf(context: Context, options: GlobalOptions, what: Exclude<Completes, 'file'>): Promise<string[]> {
  const { client } = await connect(context, options);
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(patienceMs)]);
  const query = { limit: 200 };
  if (what === 'project') return (await client.listProjects({ query, signal })).data.map(({ slug }) => slug);
  const { data: services } = await client.listAllServices({ query, signal });
  if (what === 'service') return services.map(({ path }) => path);
  if (what === 'environment')
    return [...new Set(services.map(({ project, environment }) => `${project.slug}/${environment.slug}`))];
  if (what === 'repository')
    return [
      ...new Set(
        services.flatMap(({ project, repository }) => (repository ? [`${project.slug}/${repository.slug}`] : [])),
      ),
    ];
  const { chooseService } = await import('../../place/choose-service.ts');
  const service = await chooseService(
    { ...context, signal, stdin: { isTTY: false } as NodeJS.ReadStream },
    client,
    undefined,
  );
  return (await client.listReleases({ params: { service: service.id }, query, signal })).data.map(({ name }) => name);
}
