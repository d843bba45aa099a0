import { randomBytes } from 'node:crypto';
import { Controller, Inject } from '@nestjs/common';
import { endpoints } from '@sconce/contract';
import { type CallExampleRow, findCallExample, listCallExamples, viewService } from '@sconce/db';
import { forgetCallExample, keepCallExample, noSuchExample } from '@sconce/engine';
import { composeCall } from '../calls/compose-call.ts';
import { forwardCall } from '../calls/forward-call.ts';
import { openSocket } from '../calls/open-socket.ts';
import { composeSocket } from '../calls/read-handshake.ts';
import { type ApiContext, CONTEXT } from '../context.ts';
import type { Call } from '../endpoint/call.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { asksForSocket } from '../http/upgrade.ts';
import { existing } from './existing.ts';

/** Calling a service from the dashboard, and the calls that a team keeps. */
@Controller()
export class CallsController {
  readonly #context: ApiContext;

  constructor(@Inject(CONTEXT) context: ApiContext) {
    this.#context = context;
  }

  @Endpoint(endpoints.createCall)
  async createCall(call: Call<typeof endpoints.createCall>) {
    const { gatewayUrl, callLimits } = this.#context;
    const { path: service } = await existing('service', viewService(call.deps.db.tx, call.place.id));
    const { method, path } = call.query;
    const composed = composeCall({ service, method, path }, call.incoming.headers, call.requestId);
    if (call.dryRun) return { method, url: `${new URL(gatewayUrl).origin}${composed.target}` };
    return forwardCall(gatewayUrl, call.incoming, composed, callLimits, call.signal);
  }

  @Endpoint(endpoints.openSocket)
  async openSocket(call: Call<typeof endpoints.openSocket>) {
    const { gatewayUrl, callLimits, callSlots } = this.#context;
    const { path: service } = await existing('service', viewService(call.deps.db.tx, call.place.id));
    const { path, protocols } = call.query;
    const wish = { service, path, protocols: protocols?.split(',') ?? [] };
    const key = randomBytes(16).toString('base64');
    const composed = composeSocket(wish, call.incoming.headers, call.requestId, key);
    if (asksForSocket(call.incoming)) return openSocket(gatewayUrl, composed, callLimits, call.signal);
    // Browsers are told nothing of why a WebSocket was refused; whoever asks here is told.
    callSlots.enter(call.caller.tokenId)();
    return { url: `${new URL(gatewayUrl).origin.replace(/^http/, 'ws')}${composed.target}` };
  }

  @Endpoint(endpoints.listCallExamples)
  async listCallExamples(call: Call<typeof endpoints.listCallExamples>) {
    const rows = await listCallExamples(call.deps.db.tx, call.place.id);
    const data = rows.map((row) => ({ ...row, method: row.method as 'POST' }));
    return { data, page: { next: null } };
  }

  @Endpoint(endpoints.getCallExample)
  async getCallExample(call: Call<typeof endpoints.getCallExample>) {
    const row = await findCallExample(call.deps.db.tx, call.place.id, call.params.name);
    if (!row) throw noSuchExample();
    return toExample(row);
  }

  @Endpoint(endpoints.putCallExample)
  async putCallExample(call: Call<typeof endpoints.putCallExample>) {
    const { name } = call.params;
    await call.ifMatch.check(endpoints.getCallExample, async () => {
      const row = await findCallExample(call.deps.db.tx, call.place.id, name);
      if (!row) throw noSuchExample();
      return toExample(row);
    });
    const kept = { service: call.place.id, name, ...call.body, actor: call.caller.actor };
    return toExample(await keepCallExample(call.deps, kept));
  }

  @Endpoint(endpoints.deleteCallExample)
  async deleteCallExample(call: Call<typeof endpoints.deleteCallExample>) {
    const { name } = call.params;
    await forgetCallExample(call.deps, { service: call.place.id, name, actor: call.caller.actor });
    return { id: name, also: {} };
  }
}

function toExample(row: CallExampleRow) {
  return { ...row, method: row.method as 'POST', body: row.body as { readonly kind: 'none' } };
}
