import { Controller, Inject } from '@nestjs/common';
import { endpoints } from '@sconce/contract';
import { visibleProjects } from '@sconce/core';
import { viewReplicas, viewService, viewServices } from '@sconce/db';
import { createService, deleteService, deploySettings, updateService } from '@sconce/engine';
import { type ApiContext, CONTEXT } from '../context.ts';
import type { Call } from '../endpoint/call.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { readReplicaUsage } from '../metrics/read-replica-usage.ts';
import { recordedImages } from '../recorded-images.ts';
import { existing, given } from './existing.ts';
import { placeInQuery } from './place-in-query.ts';
import { slugFromPath } from './slug-from-path.ts';
import { toDeployment } from './to-release.ts';
import { toService } from './to-service.ts';

@Controller()
export class ServicesController {
  readonly #context: ApiContext;

  constructor(@Inject(CONTEXT) context: ApiContext) {
    this.#context = context;
  }

  @Endpoint(endpoints.listAllServices)
  async listAllServices(call: Call<typeof endpoints.listAllServices>) {
    const { project, environment, repository } = call.query;
    const inProject = project === undefined ? null : await placeInQuery(call, 'project', project, 'read');
    const inEnvironment =
      environment === undefined ? null : await placeInQuery(call, 'environment', environment, 'read');
    const from = repository === undefined ? null : await placeInQuery(call, 'repository', repository, 'read');
    const { rights } = call.caller;
    const filter = {
      projectIds: inProject ? [inProject.id] : visibleProjects(rights),
      // A token of one environment sees that one alone.
      environmentId: rights.environmentId ?? inEnvironment?.id ?? null,
      repositoryId: from?.id ?? null,
    };
    const rows = await viewServices(call.deps.db.tx, filter, call.page.listing);
    return call.page.of(
      rows,
      (row) => row.id,
      (row) => toService(this.#context, row),
    );
  }

  @Endpoint(endpoints.listServices)
  async listServices(call: Call<typeof endpoints.listServices>) {
    const filter = { environmentId: call.place.id, slug: call.query.slug ?? null };
    const rows = await viewServices(call.deps.db.tx, filter, call.page.listing);
    return call.page.of(
      rows,
      (row) => row.id,
      (row) => toService(this.#context, row),
    );
  }

  @Endpoint(endpoints.createService)
  async createService(call: Call<typeof endpoints.createService>) {
    return this.#create(call, call.body.slug);
  }

  @Endpoint(endpoints.getService)
  async getService(call: Call<typeof endpoints.getService>) {
    return this.#shown(call.deps, call.place.id);
  }

  @Endpoint(endpoints.putService)
  async putService(call: Call<typeof endpoints.putService>) {
    if (call.absent) {
      call.reply.created();
      return this.#create(call, slugFromPath(call.params.service));
    }
    await updateService(call.deps, {
      id: call.place.id,
      changes: given(call.body),
      replace: true,
      expectedVersion: call.ifMatch.version,
      actor: call.caller.actor,
    });
    return this.#shown(call.deps, call.place.id);
  }

  @Endpoint(endpoints.updateService)
  async updateService(call: Call<typeof endpoints.updateService>) {
    await updateService(call.deps, {
      id: call.place.id,
      changes: given(call.body),
      replace: false,
      expectedVersion: call.ifMatch.version,
      actor: call.caller.actor,
    });
    if (!call.query.deploy) return this.#shown(call.deps, call.place.id);
    const deps = { ...call.deps, imageRegistry: recordedImages(() => call.deps.db) };
    const made = await deploySettings(deps, { serviceId: call.place.id, actor: call.caller.actor });
    const { tx } = call.deps.db;
    const deployment = made && (await toDeployment(tx, { releaseId: made.release.id, rolloutId: made.rolloutId }));
    return { ...(await this.#shown(call.deps, call.place.id)), deployment };
  }

  @Endpoint(endpoints.deleteService)
  async deleteService(call: Call<typeof endpoints.deleteService>) {
    const removal = await deleteService(call.deps, {
      id: call.place.id,
      expectedVersion: call.ifMatch.version,
      actor: call.caller.actor,
    });
    return { id: call.place.id, also: {}, ...removal };
  }

  @Endpoint(endpoints.listReplicas)
  async listReplicas(call: Call<typeof endpoints.listReplicas>) {
    const { tx } = call.deps.db;
    const rows = await viewReplicas(tx, call.place.id, call.page.listing);
    const used = await readReplicaUsage(tx, call.place.id, call.deps.clock.now());
    return call.page.of(
      rows,
      (row) => row.id,
      (row) => ({ ...row, usage: used(row.id) }),
    );
  }

  async #create(call: Call<typeof endpoints.createService> | Call<typeof endpoints.putService>, slug: string) {
    const { name = slug, repository = null, settings = {}, build = {}, secretGroups = [] } = call.body;
    const environmentId = call.place.environmentId ?? call.place.id;
    const id = await createService(call.deps, {
      environmentId,
      slug,
      name,
      repository,
      settings,
      build,
      secretGroups,
      actor: call.caller.actor,
    });
    call.reply.header('location', `/v1/services/${id}`);
    return this.#shown(call.deps, id);
  }

  async #shown(deps: Call['deps'], id: string) {
    return toService(this.#context, await existing('service', viewService(deps.db.tx, id)));
  }
}
