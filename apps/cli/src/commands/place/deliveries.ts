import type { Delivery } from '@sconce/contract';
import { connect } from '../../connection/connect.ts';
import type { Context } from '../../context.ts';
import { chooseProject } from '../../place/choose-project.ts';
import { printFacts } from '../../show/print-facts.ts';
import { type ListOptions, printList, readList } from '../../show/print-list.ts';
import { cleanText } from '../../terminal/clean-text.ts';
import { age, clock } from '../../terminal/times.ts';
import { findRepository } from './repositories.ts';

export interface DeliveryOptions extends ListOptions {
  readonly project?: string;
  readonly repository?: string;
  readonly outcome?: string;
  readonly branch?: string;
  readonly commit?: string;
}

/** Pushes received, and what became of each. */
export async function listDeliveries(context: Context, options: DeliveryOptions): Promise<void> {
  const { client } = await connect(context, options);
  const project = await chooseProject(context, client, options.project);
  const { repository, outcome, branch, commit } = options;
  const filter = {
    ...(repository === undefined
      ? {}
      : { repository: (await findRepository(context, client, project.slug, repository)).id }),
    ...(outcome === undefined ? {} : { outcome: outcome as NonNullable<Delivery['outcome']> }),
    ...(branch === undefined ? {} : { ref: `refs/heads/${branch}` }),
    ...(commit === undefined ? {} : { commit }),
  };
  const reply = await readList(options, (query) =>
    client.listDeliveries({ params: { project: project.id }, query: { ...query, ...filter }, signal: context.signal }),
  );
  printList(context, options, reply, {
    empty: `No push to ${project.slug} was received yet.`,
    name: ({ id }) => id,
    row: (delivery, now) => [
      delivery.id,
      delivery.outcome ?? delivery.phase,
      age(delivery.receivedAt, now),
      refWords(delivery),
      delivery.commit?.slice(0, 7) ?? '',
      cleanText(delivery.message ?? delivery.builds.map(({ id }) => id).join(', ')),
    ],
  });
}

export async function showDelivery(context: Context, options: DeliveryOptions, id: string): Promise<void> {
  const { client } = await connect(context, options);
  const delivery = await client.getDelivery({ params: { delivery: id }, signal: context.signal });
  const now = Date.now();
  printFacts(context, options, delivery, delivery.id, [
    ['of', `${delivery.host} ${delivery.repository?.fullName ?? ''}`],
    ['what', `${delivery.event} ${refWords(delivery)}`],
    ['commit', delivery.commit],
    ['by', delivery.actor],
    ['received', clock(delivery.receivedAt, now)],
    ['outcome', `${delivery.outcome ?? delivery.phase}${delivery.reason ? ` (${delivery.reason})` : ''}`],
    ['why', delivery.message],
    ['builds', delivery.builds.map(({ id: build, phase }) => `${build} ${phase}`).join(', ')],
  ]);
}

function refWords({ ref }: Delivery): string {
  return cleanText(ref?.replace(/^refs\/heads\//, '') ?? '');
}
