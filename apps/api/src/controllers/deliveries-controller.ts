import { Controller } from '@nestjs/common';
import { endpoints } from '@sconce/contract';
import { type DeliveryView, viewDeliveries, viewDelivery } from '@sconce/db';
import type { Call } from '../endpoint/call.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { existing } from './existing.ts';
import { placeInQuery } from './place-in-query.ts';

@Controller()
export class DeliveriesController {
  @Endpoint(endpoints.listDeliveries)
  async listDeliveries(call: Call<typeof endpoints.listDeliveries>) {
    const { repository, outcome = null, ref = null, commit = null } = call.query;
    const place = repository === undefined ? null : await placeInQuery(call, 'repository', repository, 'read');
    const filter = { projectId: call.place.id, repositoryId: place?.id ?? null, outcome, ref, commit };
    const rows = await viewDeliveries(call.deps.db.tx, filter, call.page.listing);
    return call.page.of(rows, (row) => String(row.position), toDelivery);
  }

  @Endpoint(endpoints.getDelivery)
  async getDelivery(call: Call<typeof endpoints.getDelivery>) {
    return toDelivery(await existing('delivery', viewDelivery(call.deps.db.tx, call.place.id)));
  }
}

function toDelivery(view: DeliveryView) {
  return {
    ...view,
    host: view.host as 'github',
    phase: view.phase as 'received',
    outcome: view.outcome as 'built' | null,
  };
}
