import { connect } from '../../connection/connect.ts';
import type { Context, GlobalOptions } from '../../context.ts';
import { readList } from '../../show/print-list.ts';
import type { Completes } from '../../table/command-spec.ts';
import { commandTable } from '../../table/command-table.ts';
import { planCompletion } from '../../table/plan-completion.ts';
import { cleanText } from '../../terminal/clean-text.ts';
import { listClusters, listPools } from './pools.ts';

/** The API has this long to name what there is; a shell that hangs at a key is worse than one that offers nothing. */
const patienceMs = 1_000;
const everything = { limit: 'all' };

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
  if (what === 'project')
    return (await readList(everything, (query) => client.listProjects({ query, signal }))).data.map(({ slug }) => slug);
  if (what === 'cluster') return (await listClusters({ ...context, signal }, client)).map(({ name }) => name);
  if (what === 'pool') {
    const pools = await listPools({ ...context, signal }, client, await listClusters({ ...context, signal }, client));
    return pools.map(({ cluster, name }) => `${cluster}/${name}`);
  }
  const { data: services } = await readList(everything, (query) => client.listAllServices({ query, signal }));
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
  const params = { service: service.id };
  return (await client.listReleases({ params, query: { limit: 200 }, signal })).data.map(({ name }) => name);
}
