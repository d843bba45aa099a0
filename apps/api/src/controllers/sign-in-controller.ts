import { Controller, Inject } from '@nestjs/common';
import { endpoints } from '@sconce/contract';
import {
  deletePassword,
  preparePassword,
  readSignInSettings,
  type SignInSettings,
  setPassword,
  updateSignInSettings,
} from '@sconce/engine';
import { type ApiContext, CONTEXT } from '../context.ts';
import type { Call } from '../endpoint/call.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { busy, tooManyTries } from './refuse-proof.ts';

/** How a person signs in: their password, and what is asked after it. */
@Controller()
export class SignInController {
  readonly #context: ApiContext;

  constructor(@Inject(CONTEXT) context: ApiContext) {
    this.#context = context;
  }

  @Endpoint(endpoints.getSignInSettings)
  async getSignInSettings(call: Call<typeof endpoints.getSignInSettings>) {
    return this.#toSettings(await readSignInSettings(call.deps, call.caller));
  }

  @Endpoint(endpoints.updateSignInSettings)
  async updateSignInSettings(call: Call<typeof endpoints.updateSignInSettings>) {
    const { passkeyAfterPassword } = call.body;
    return this.#toSettings(await updateSignInSettings(call.deps, { caller: call.caller, passkeyAfterPassword }));
  }

  @Endpoint(endpoints.putPassword, { looksOutsideFirst: true })
  async putPassword(call: Call<typeof endpoints.putPassword>) {
    const { caller } = call;
    const { password, current = null } = call.body;
    // With the context's own database: a failure counts, whatever the answer is.
    const ready = await preparePassword(this.#context.deps, { caller, password, current, address: call.from.address });
    if (ready.kind === 'wait') throw tooManyTries(ready.waitMs);
    if (ready.kind === 'busy') throw busy();
    const { changedAt, ended } = await setPassword(call.deps, { caller, hash: ready.hash });
    call.afterCommit(async () => this.#context.openStreams.endOf(ended));
    return { changedAt, endedSessions: ended.length };
  }

  @Endpoint(endpoints.deletePassword)
  async deletePassword(call: Call<typeof endpoints.deletePassword>) {
    const { id } = await deletePassword(call.deps, { caller: call.caller });
    return { id, also: {} };
  }

  #toSettings(settings: SignInSettings) {
    return { ...settings, passkeyOrigin: this.#context.deps.passkeyPlace?.origin ?? null };
  }
}
