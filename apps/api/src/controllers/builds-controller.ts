import { Controller } from '@nestjs/common';
import { endpoints } from '@sconce/contract';
import { viewBuild, viewBuilds } from '@sconce/db';
import { analyseBuild, cancelBuild, startBuild } from '@sconce/engine';
import type { Call } from '../endpoint/call.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { existing } from './existing.ts';
import { toBuild } from './to-build.ts';

@Controller()
export class BuildsController {
  @Endpoint(endpoints.listBuilds)
  async listBuilds(call: Call<typeof endpoints.listBuilds>) {
    const { phase = null, commit = null } = call.query;
    const rows = await viewBuilds(call.deps.db.tx, { serviceId: call.place.id, phase, commit }, call.page.listing);
    return call.page.of(rows, (row) => row.id, toBuild);
  }

  @Endpoint(endpoints.createBuild)
  async createBuild(call: Call<typeof endpoints.createBuild>) {
    const { commit = null, ref = null, noCache = false } = call.body;
    const started = await startBuild(
      call.deps,
      { service: call.place.id, commit, ref, noCache, actor: call.caller.actor },
      call.signal,
    );
    call.reply.header('location', `/v1/builds/${started.build}`);
    return toBuild(await existing('build', viewBuild(call.deps.db.tx, started.build)));
  }

  @Endpoint(endpoints.getBuild)
  async getBuild(call: Call<typeof endpoints.getBuild>) {
    return toBuild(await existing('build', viewBuild(call.deps.db.tx, call.place.id)));
  }

  @Endpoint(endpoints.getBuildAnalysis)
  async getBuildAnalysis(call: Call<typeof endpoints.getBuildAnalysis>) {
    return analyseBuild(call.deps, call.place.id);
  }

  @Endpoint(endpoints.updateBuild)
  async updateBuild(call: Call<typeof endpoints.updateBuild>) {
    const read = async () => toBuild(await existing('build', viewBuild(call.deps.db.tx, call.place.id)));
    await call.ifMatch.check(endpoints.getBuild, read);
    await cancelBuild(call.deps, { build: call.place.id, actor: call.caller.actor });
    return read();
  }
}
