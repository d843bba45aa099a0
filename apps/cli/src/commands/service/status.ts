import { ApiProblem, type Client, type Cluster, type Service, wordOfReplica } from '@sconce/contract';
import { connect } from '../../connection/connect.ts';
import type { Context, GlobalOptions } from '../../context.ts';
import { chooseService } from '../../place/choose-service.ts';
import { readList } from '../../show/print-list.ts';
import { stateMark, stateOf } from '../../show/service-state.ts';
import { commitWords } from '../../show/words.ts';
import { cleanText } from '../../terminal/clean-text.ts';
import { table } from '../../terminal/table.ts';
import { age, clock } from '../../terminal/times.ts';
import { listClusters, troubles } from '../machine/pools.ts';

export interface StatusOptions extends GlobalOptions {
  readonly service?: string;
}

/** One service, or all of them when none is named. */
export async function status(context: Context, options: StatusOptions, named: string | undefined): Promise<void> {
  const { client, apiUrl } = await connect(context, options);
  const reference = named ?? options.service;
  if (reference !== undefined)
    return showOne(context, options, await chooseService(context, client, reference), client);
  const { signal } = context;
  const { data, page } = await readList({ limit: 'all' }, (query) => client.listAllServices({ query, signal }));
  const clusters = await clustersOf(context, client);
  if (options.json) return context.terminal.json({ apiUrl, data, page, clusters });
  if (context.terminal.quiet) {
    for (const { path } of data) context.terminal.line(path);
    return;
  }
  for (const cluster of clusters) for (const line of troubles(cluster)) context.terminal.note(line);
  if (data.length === 0)
    return context.terminal.line(
      `No service yet on ${apiUrl}. Deploy one: sconce deploy, in a repository with a Dockerfile.`,
    );
  const now = Date.now();
  for (const row of table(data.map((service) => summaryRow(context, service, now)))) context.terminal.line(row);
}

/** Whatever there is to say of machines must not keep anyone from the services. */
async function clustersOf(context: Context, client: Client): Promise<readonly Cluster[]> {
  try {
    return await listClusters(context, client);
  } catch (error) {
    if (error instanceof ApiProblem) return [];
    throw error;
  }
}

function summaryRow(context: Context, service: Service, now: number): string[] {
  const { colours } = context.terminal;
  const live = service.live ? `${service.live.release.name} since ${clock(service.live.since, now)}` : '-';
  const replicas = `${service.replicas.ready} of ${service.replicas.wanted}`;
  return [
    stateMark(stateOf(service), colours),
    service.path,
    live,
    replicas,
    cleanText(service.waiting?.message ?? ''),
  ];
}

async function showOne(context: Context, options: StatusOptions, service: Service, client: Client): Promise<void> {
  const { terminal, signal } = context;
  const { data: replicas } = await readList({ limit: 'all' }, (query) =>
    client.listReplicas({ params: { service: service.id }, query, signal }),
  );
  if (options.json) return terminal.json({ ...service, replicaList: replicas });
  const { bold, dim, violet } = terminal.colours;
  const now = Date.now();
  terminal.line(`${bold(service.path)}   ${service.urls.host}`);
  const live = service.live
    ? `${service.live.release.name} since ${clock(service.live.since, now)}, from ${commitWords(service.live.commit)}`
    : 'nothing was live yet';
  terminal.line(
    `${stateMark(stateOf(service), terminal.colours)}  ${live}   ${service.replicas.ready} of ${service.replicas.wanted} replicas`,
  );
  for (const line of nextLines(service, now)) terminal.line(`  ${line}`);
  if (service.waiting) {
    terminal.line(
      `  ${violet('⧗')} ${cleanText(service.waiting.message)} ${dim(`(${service.waiting.reason}, ${age(service.waiting.since, now)})`)}`,
    );
    if (service.waiting.hint) terminal.line(`    ${cleanText(service.waiting.hint)}`);
  }
  if (replicas.length === 0) return;
  terminal.line();
  const rows = replicas.map((replica) => [
    replica.name,
    wordOfReplica(replica).word,
    age(replica.createdAt, now),
    replica.restarts > 0 ? `${replica.restarts} restarts` : '',
    cleanText(replica.message ?? ''),
  ]);
  for (const row of table(rows)) terminal.line(`  ${row}`);
}

function nextLines(service: Service, now: number): string[] {
  const { desired, live, rollout, build, pinned } = service;
  const lines: string[] = [];
  if (rollout && desired && desired.release.id !== live?.release.id)
    lines.push(`Next: ${desired.release.name} is ${rollout.phase} (${age(rollout.since, now)})`);
  else if (build && (build.phase === 'queued' || build.phase === 'running'))
    lines.push(
      `Next: ${commitWords(build.commit)} is ${build.phase === 'queued' ? 'queued' : 'being built'} (${age(build.since, now)})`,
    );
  else if (build?.phase === 'failed')
    lines.push(
      `The last build failed: ${cleanText(build.message ?? build.reason ?? '').replace(/\.$/, '')}. See it: sconce logs --build ${build.id}`,
    );
  if (pinned) lines.push(`Pinned ${age(pinned.since, now)}: pushes build and do not deploy. Let them: sconce unpin`);
  return lines;
}
