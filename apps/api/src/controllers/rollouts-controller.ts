import { Controller } from '@nestjs/common';
import { endpoints } from '@sconce/contract';
import { viewRollout, viewRollouts } from '@sconce/db';
import { abortRollout, pauseRollout, resumeRollout } from '@sconce/engine';
import type { Call } from '../endpoint/call.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { existing } from './existing.ts';
import { toRollout } from './to-release.ts';

@Controller()
export class RolloutsController {
  @Endpoint(endpoints.listRollouts)
  async listRollouts(call: Call<typeof endpoints.listRollouts>) {
    const filter = { serviceIds: [call.place.id], active: call.query.active === 'true' };
    const rows = await viewRollouts(call.deps.db.tx, filter, call.page.listing);
    return call.page.of(rows, (row) => row.id, toRollout);
  }

  @Endpoint(endpoints.getRollout)
  async getRollout(call: Call<typeof endpoints.getRollout>) {
    return shown(call);
  }

  @Endpoint(endpoints.updateRollout)
  async updateRollout(call: Call<typeof endpoints.updateRollout>) {
    await call.ifMatch.check(endpoints.getRollout, () => shown(call));
    const steer = call.body.paused ? pauseRollout : resumeRollout;
    await steer(call.deps, { rolloutId: call.place.id, actor: call.caller.actor });
    return shown(call);
  }

  @Endpoint(endpoints.abortRollout)
  async abortRollout(call: Call<typeof endpoints.abortRollout>) {
    await call.ifMatch.check(endpoints.getRollout, () => shown(call));
    await abortRollout(call.deps, { rolloutId: call.place.id, actor: call.caller.actor });
    return shown(call);
  }
}

async function shown(call: Pick<Call, 'deps' | 'place'>) {
  return toRollout(await existing('rollout', viewRollout(call.deps.db.tx, call.place.id)));
}
