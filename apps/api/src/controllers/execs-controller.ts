import { Controller, Inject } from '@nestjs/common';
import { endpoints } from '@sconce/contract';
import type { ExecRow } from '@sconce/db';
import { createExec, findOwnExec, openExec, openExecWithinMs } from '@sconce/engine';
import { type ApiContext, CONTEXT } from '../context.ts';
import type { Call } from '../endpoint/call.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { openAtScheduler } from '../execs/open-at-scheduler.ts';
import { asksForSocket } from '../http/upgrade.ts';

/** Commands in replicas. */
@Controller()
export class ExecsController {
  readonly #context: ApiContext;

  constructor(@Inject(CONTEXT) context: ApiContext) {
    this.#context = context;
  }

  @Endpoint(endpoints.createExec)
  async createExec(call: Call<typeof endpoints.createExec>) {
    const { id: service, environmentId: environment } = call.place;
    if (environment === null) throw new Error(`The service ${service} is in no environment`);
    const { replica = null, container = null, command = [], terminal = null } = call.body;
    // Also what is refused is written down with what was asked for.
    call.tell({ replica, container, command });
    const { tokenId } = call.caller;
    const made = await createExec(call.deps, { service, environment, replica, container, command, terminal, tokenId });
    call.tell({ exec: made.id, replica: made.replicaName, container, command });
    return toExec(made);
  }

  @Endpoint(endpoints.openExec)
  async openExec(call: Call<typeof endpoints.openExec>) {
    const wanted = { id: call.params.exec, service: call.place.id, tokenId: call.caller.tokenId };
    const exec = await findOwnExec(call.deps, wanted);
    if (!asksForSocket(call.incoming)) return toExec(exec);
    call.tell({ exec: exec.id, replica: exec.replicaName, container: exec.container, command: exec.command });
    const ticket = await openExec(call.deps, exec);
    return openAtScheduler(this.#context, { id: exec.id, ticket, requestId: call.requestId }, call.signal);
  }
}

function toExec(row: ExecRow) {
  const { id, serviceId, replicaName, container, command, columns, rows, createdAt } = row;
  return {
    id,
    service: serviceId,
    replica: replicaName,
    container,
    command,
    terminal: columns === null || rows === null ? null : { columns, rows },
    createdAt,
    openUntil: new Date(createdAt.getTime() + openExecWithinMs),
  };
}
