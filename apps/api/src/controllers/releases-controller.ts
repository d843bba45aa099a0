import { Controller } from '@nestjs/common';
import { endpoints } from '@sconce/contract';
import {
  findPlace,
  findReleaseByNumber,
  type ImageWish,
  readKnownPackages,
  releaseNumber,
  viewBuild,
  viewRelease,
  viewReleases,
  viewRollout,
} from '@sconce/db';
import { deployFrom, foreseeRollout, rollBackService } from '@sconce/engine';
import { ApiError } from '../endpoint/api-error.ts';
import type { Call } from '../endpoint/call.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { recordedImages } from '../recorded-images.ts';
import { existing } from './existing.ts';
import { toBuild } from './to-build.ts';
import { toComparedRelease, toDeployment, toRelease, toRollout } from './to-release.ts';

@Controller()
export class ReleasesController {
  @Endpoint(endpoints.listReleases)
  async listReleases(call: Call<typeof endpoints.listReleases>) {
    const { commit = null, wasLive = null } = call.query;
    const rows = await viewReleases(call.deps.db.tx, { serviceId: call.place.id, commit, wasLive }, call.page.listing);
    return call.page.of(rows, (row) => String(row.number), toRelease);
  }

  @Endpoint(endpoints.createRelease)
  async createRelease(call: Call<typeof endpoints.createRelease>) {
    const deps = { ...call.deps, imageRegistry: recordedImages(() => call.deps.db) };
    const begun = await deployFrom(
      deps,
      { serviceId: call.place.id, wish: wishOf(call.body), actor: call.caller.actor },
      call.signal,
    );
    const { tx } = call.deps.db;
    if ('buildId' in begun) {
      call.reply.header('location', `/v1/builds/${begun.buildId}`);
      return { build: toBuild(await existing('build', viewBuild(tx, begun.buildId))), release: null, rollout: null };
    }
    call.reply.header('location', `/v1/releases/${begun.releaseId}`);
    const deployment = await toDeployment(tx, begun);
    return { ...deployment, rollout: await withForecast(call, deployment.rollout) };
  }

  @Endpoint(endpoints.getRelease)
  async getRelease(call: Call<typeof endpoints.getRelease>) {
    const { tx } = call.deps.db;
    const release = await existing('release', viewRelease(tx, call.place.id));
    if (call.query.compare === undefined) return toRelease(release);
    const otherId = await releaseOf(call, release.service.id, call.query.compare, 'compare');
    const other = await existing('release', viewRelease(tx, otherId));
    const from = await readKnownPackages(tx, other.image.digest);
    return toComparedRelease(release, other, { from, to: await readKnownPackages(tx, release.image.digest) });
  }

  @Endpoint(endpoints.createRollback)
  async createRollback(call: Call<typeof endpoints.createRollback>) {
    const deps = { ...call.deps, imageRegistry: recordedImages(() => call.deps.db) };
    const serviceId = call.place.id;
    const wanted = call.body.release;
    const target = wanted === undefined ? {} : { releaseId: await releaseOf(call, serviceId, wanted, 'release') };
    const { rolloutId } = await rollBackService(deps, { serviceId, ...target, actor: call.caller.actor });
    call.reply.header('location', `/v1/rollouts/${rolloutId}`);
    return withForecast(call, toRollout(await existing('rollout', viewRollout(call.deps.db.tx, rolloutId))));
  }
}

/** A dry run says how the rollout would get its place, too. */
async function withForecast<Rollout extends object>(call: Pick<Call, 'deps' | 'place' | 'dryRun'>, rollout: Rollout) {
  if (!call.dryRun) return rollout;
  const { db, clock } = call.deps;
  return { ...rollout, forecast: await foreseeRollout({ tx: db.tx, clock }, call.place.id) };
}

function wishOf(body: Call<typeof endpoints.createRelease>['body']): ImageWish | null {
  if (body.build !== undefined) return { build: body.build };
  if (body.image !== undefined) return { image: body.image };
  return body.commit === undefined ? null : { commit: body.commit };
}

/** A release of this service, by id, slugs or `r12`; one of another service looks like one that is not there. */
async function releaseOf(
  call: { readonly deps: Call['deps'] },
  serviceId: string,
  reference: string,
  field: string,
): Promise<string> {
  const { tx } = call.deps.db;
  const number = releaseNumber(reference);
  const id =
    number === null
      ? ((await findPlace(tx, 'release', reference))?.id ?? null)
      : await findReleaseByNumber(tx, serviceId, number);
  const release = id === null ? null : await viewRelease(tx, id);
  if (release?.service.id === serviceId) return release.id;
  const message = 'This service has no such release';
  throw new ApiError('invalid', message, { errors: [{ path: field, code: 'not_found', message }] });
}
