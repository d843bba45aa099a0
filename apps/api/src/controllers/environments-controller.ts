import { Controller } from '@nestjs/common';
import { endpoints } from '@sconce/contract';
import { ownCluster } from '@sconce/core';
import { type EnvironmentRow, findEnvironment, listEnvironments } from '@sconce/db';
import { createEnvironment, deleteEnvironment, planServiceFile, updateEnvironment } from '@sconce/engine';
import type { Call } from '../endpoint/call.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { existing, given } from './existing.ts';
import { slugFromPath } from './slug-from-path.ts';

@Controller()
export class EnvironmentsController {
  @Endpoint(endpoints.listEnvironments)
  async listEnvironments(call: Call<typeof endpoints.listEnvironments>) {
    const filter = { projectId: call.place.id, slug: call.query.slug ?? null };
    const rows = await listEnvironments(call.deps.db.tx, filter, call.page.listing);
    return call.page.of(rows, (row) => row.id, toEnvironment);
  }

  @Endpoint(endpoints.createEnvironment)
  async createEnvironment(call: Call<typeof endpoints.createEnvironment>) {
    const { slug, name = slug, cluster = ownCluster } = call.body;
    const environment = await createEnvironment(call.deps, {
      projectId: call.place.id,
      slug,
      name,
      cluster,
      actor: call.caller.actor,
    });
    call.reply.header('location', `/v1/environments/${environment.id}`);
    return toEnvironment(environment);
  }

  @Endpoint(endpoints.getEnvironment)
  async getEnvironment(call: Call<typeof endpoints.getEnvironment>) {
    return toEnvironment(await existing('environment', findEnvironment(call.deps.db.tx, call.place.id)));
  }

  @Endpoint(endpoints.putEnvironment)
  async putEnvironment(call: Call<typeof endpoints.putEnvironment>) {
    const { actor } = call.caller;
    if (!call.absent) {
      const { name, cluster } = call.body;
      return toEnvironment(
        await updateEnvironment(call.deps, {
          id: call.place.id,
          changes: given({ name, cluster }),
          expectedVersion: call.ifMatch.version,
          actor,
        }),
      );
    }
    const slug = slugFromPath(call.params.environment);
    call.reply.created();
    return toEnvironment(
      await createEnvironment(call.deps, {
        projectId: call.place.projectId,
        slug,
        name: call.body.name ?? slug,
        cluster: call.body.cluster ?? ownCluster,
        actor,
      }),
    );
  }

  @Endpoint(endpoints.updateEnvironment)
  async updateEnvironment(call: Call<typeof endpoints.updateEnvironment>) {
    return toEnvironment(
      await updateEnvironment(call.deps, {
        id: call.place.id,
        changes: given(call.body),
        expectedVersion: call.ifMatch.version,
        actor: call.caller.actor,
      }),
    );
  }

  // It tells plain values of the file, which are otherwise for those who may write there.
  @Endpoint(endpoints.createFilePlan, { sealReply: true })
  async createFilePlan(call: Call<typeof endpoints.createFilePlan>) {
    const { file, repository = null } = call.body;
    return planServiceFile(call.deps, { environmentId: call.place.id, file, repository });
  }

  @Endpoint(endpoints.deleteEnvironment)
  async deleteEnvironment(call: Call<typeof endpoints.deleteEnvironment>) {
    return {
      id: call.place.id,
      ...(await deleteEnvironment(call.deps, {
        id: call.place.id,
        expectedVersion: call.ifMatch.version,
        actor: call.caller.actor,
        volumesToo: call.dryRun || call.query.volumes === 'delete',
      })),
    };
  }
}

function toEnvironment(row: EnvironmentRow) {
  return { ...row, path: `${row.project.slug}/${row.slug}` };
}
