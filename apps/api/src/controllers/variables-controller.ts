import { Controller } from '@nestjs/common';
import { endpoints } from '@sconce/contract';
import { findDeployedServices, type VariableOwner } from '@sconce/db';
import { deployService, listServiceVariables, listVariables, setVariables } from '@sconce/engine';
import { ApiError } from '../endpoint/api-error.ts';
import type { Call } from '../endpoint/call.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { recordedImages } from '../recorded-images.ts';

type Values = Readonly<Record<string, string | null>>;
type AnyCall = Pick<Call, 'deps' | 'place' | 'reply' | 'ifMatch' | 'caller'>;

@Controller()
export class VariablesController {
  @Endpoint(endpoints.listServiceVariables)
  async listServiceVariables(call: Call<typeof endpoints.listServiceVariables>) {
    return shown(call, ofService(call));
  }

  @Endpoint(endpoints.replaceServiceVariables)
  async replaceServiceVariables(call: Call<typeof endpoints.replaceServiceVariables>) {
    return change(call, ofService(call), call.body, true, call.query.deploy);
  }

  @Endpoint(endpoints.updateServiceVariables)
  async updateServiceVariables(call: Call<typeof endpoints.updateServiceVariables>) {
    return change(call, ofService(call), call.body, false, call.query.deploy);
  }

  @Endpoint(endpoints.deleteServiceVariable)
  async deleteServiceVariable(call: Call<typeof endpoints.deleteServiceVariable>) {
    return remove(call, ofService(call), call.params.name, call.query.deploy);
  }

  @Endpoint(endpoints.listEnvironmentVariables)
  async listEnvironmentVariables(call: Call<typeof endpoints.listEnvironmentVariables>) {
    return shown(call, ofEnvironment(call));
  }

  @Endpoint(endpoints.replaceEnvironmentVariables)
  async replaceEnvironmentVariables(call: Call<typeof endpoints.replaceEnvironmentVariables>) {
    return change(call, ofEnvironment(call), call.body, true, call.query.deploy);
  }

  @Endpoint(endpoints.updateEnvironmentVariables)
  async updateEnvironmentVariables(call: Call<typeof endpoints.updateEnvironmentVariables>) {
    return change(call, ofEnvironment(call), call.body, false, call.query.deploy);
  }

  @Endpoint(endpoints.deleteEnvironmentVariable)
  async deleteEnvironmentVariable(call: Call<typeof endpoints.deleteEnvironmentVariable>) {
    return remove(call, ofEnvironment(call), call.params.name, call.query.deploy);
  }
}

function ofService(call: AnyCall): VariableOwner {
  return { environmentId: call.place.environmentId ?? '', serviceId: call.place.id };
}

function ofEnvironment(call: AnyCall): VariableOwner {
  return { environmentId: call.place.id, serviceId: null };
}

async function shown(call: AnyCall, owner: VariableOwner) {
  const { environmentId, serviceId } = owner;
  if (serviceId !== null) {
    const { variables, revision } = await listServiceVariables(call.deps, { environmentId, serviceId });
    call.reply.revision(revision);
    return { data: variables, page: { next: null } };
  }
  const { variables, revision } = await listVariables(call.deps, owner);
  call.reply.revision(revision);
  return { data: variables.map((variable) => ({ ...variable, source: 'environment' as const })), page: { next: null } };
}

async function change(call: AnyCall, owner: VariableOwner, changes: Values, replace: boolean, deploy = false) {
  await setVariables(call.deps, {
    owner,
    changes,
    replace,
    expectedRevision: call.ifMatch.revision,
    actor: call.caller?.actor ?? null,
  });
  if (deploy) await deployAll(call, owner);
  return shown(call, owner);
}

async function remove(call: AnyCall, owner: VariableOwner, name: string, deploy = false) {
  const { changes } = await setVariables(call.deps, {
    owner,
    changes: { [name]: null },
    expectedRevision: call.ifMatch.revision,
    actor: call.caller?.actor ?? null,
  });
  if (!changes.some((one) => one.name === name)) throw new ApiError('not_found', 'There is no such variable');
  if (deploy) await deployAll(call, owner);
  return { id: owner.serviceId ?? owner.environmentId, also: { variables: 1 } };
}

const mostDeployed = 1_000;

/** A new release for the service, or for each of the environment's, where something runs that it would change. */
export async function deployAll(call: Pick<AnyCall, 'deps' | 'caller'>, owner: VariableOwner): Promise<void> {
  const deps = { ...call.deps, imageRegistry: recordedImages(() => call.deps.db) };
  const actor = call.caller?.actor ?? null;
  for (const serviceId of await findDeployedServices(call.deps.db.tx, owner, mostDeployed))
    await deployService(deps, { serviceId, cause: 'variables', actor });
}
