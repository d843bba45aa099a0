import { Controller, Inject } from '@nestjs/common';
import { endpoints } from '@sconce/contract';
import {
  addPasskey,
  beginPasskeyRegistration,
  checkNewPasskey,
  deletePasskey,
  readPasskey,
  readPasskeys,
  renamePasskey,
} from '@sconce/engine';
import { type ApiContext, CONTEXT } from '../context.ts';
import type { Call } from '../endpoint/call.ts';
import { Endpoint } from '../endpoint/endpoint.ts';

@Controller()
export class PasskeysController {
  readonly #context: ApiContext;

  constructor(@Inject(CONTEXT) context: ApiContext) {
    this.#context = context;
  }

  @Endpoint(endpoints.createPasskeyRegistration)
  async createPasskeyRegistration(call: Call<typeof endpoints.createPasskeyRegistration>) {
    return beginPasskeyRegistration(call.deps, { caller: call.caller });
  }

  @Endpoint(endpoints.createPasskey, { looksOutsideFirst: true })
  async createPasskey(call: Call<typeof endpoints.createPasskey>) {
    const { caller } = call;
    const { name, credential } = call.body;
    const { clientDataJSON, attestationObject, transports = [] } = credential.response;
    // With the context's own database: the challenge is used up, whatever the answer is.
    const made = await checkNewPasskey(this.#context.deps, {
      caller,
      answer: { id: credential.id, clientDataJSON, attestationObject },
    });
    const row = await addPasskey(call.deps, { caller, name, made, transports });
    call.reply.header('location', `/v1/passkeys/${row.id}`);
    return row;
  }

  @Endpoint(endpoints.listPasskeys)
  async listPasskeys(call: Call<typeof endpoints.listPasskeys>) {
    const rows = await readPasskeys(call.deps, call.caller, call.page.listing);
    return call.page.of(
      rows,
      (row) => row.id,
      (row) => row,
    );
  }

  @Endpoint(endpoints.getPasskey)
  async getPasskey(call: Call<typeof endpoints.getPasskey>) {
    return readPasskey(call.deps, call.caller, call.params.passkey);
  }

  @Endpoint(endpoints.updatePasskey)
  async updatePasskey(call: Call<typeof endpoints.updatePasskey>) {
    return renamePasskey(call.deps, { caller: call.caller, id: call.params.passkey, name: call.body.name });
  }

  @Endpoint(endpoints.deletePasskey)
  async deletePasskey(call: Call<typeof endpoints.deletePasskey>) {
    const { passkey: id } = call.params;
    await deletePasskey(call.deps, { caller: call.caller, id });
    return { id, also: {} };
  }
}
