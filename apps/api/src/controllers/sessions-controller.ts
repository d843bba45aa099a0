import { Controller, Inject } from '@nestjs/common';
import { type BodyOf, endpoints } from '@sconce/contract';
import type { SessionRow } from '@sconce/db';
import {
  beginPasskeySignIn,
  beginSession,
  createSession,
  endAllSessions,
  endSession,
  type Proof,
  personOf,
  provePasskey,
  provePassword,
  readSessions,
  revokeToken,
  type Session,
} from '@sconce/engine';
import { type ApiContext, CONTEXT } from '../context.ts';
import { ApiError } from '../endpoint/api-error.ts';
import type { Call } from '../endpoint/call.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { clearSessionCookie, makeSessionCookie } from '../http/cookies.ts';
import { refuseProof, toPasskeyAnswer } from './refuse-proof.ts';
import { toMe } from './to-me.ts';

/** Signing in, and what is signed in. */
@Controller()
export class SessionsController {
  readonly #context: ApiContext;

  constructor(@Inject(CONTEXT) context: ApiContext) {
    this.#context = context;
  }

  @Endpoint(endpoints.getSignInWays)
  async getSignInWays(call: Call<typeof endpoints.getSignInWays>) {
    return { passkeyOrigin: call.deps.passkeyPlace?.origin ?? null };
  }

  @Endpoint(endpoints.createSignInChallenge)
  async createSignInChallenge(call: Call<typeof endpoints.createSignInChallenge>) {
    return beginPasskeySignIn(call.deps);
  }

  @Endpoint(endpoints.createSession, { looksOutsideFirst: true })
  async createSession(call: Call<typeof endpoints.createSession>) {
    const replaces = call.caller?.kind === 'session' ? call.caller.tokenId : null;
    const session = await this.#signIn(call, { ...call.from, replaces });
    call.actsAs(session.caller);
    const ended = replaces === null ? [] : [replaces];
    call.afterCommit(async () => this.#context.openStreams.endOf(ended));
    call.reply.header('set-cookie', makeSessionCookie(session.text, session.expiresAt, this.#context.secureCookies));
    return toMe(call.deps, session.caller);
  }

  async #signIn(
    call: Call<typeof endpoints.createSession>,
    origin: Parameters<typeof beginSession>[1]['origin'],
  ): Promise<Session> {
    const { token } = call.body;
    if (token !== undefined) return createSession(call.deps, { token, origin });
    const proof = await this.#prove(call.body, call.from.address);
    if (proof.kind === 'proved')
      return beginSession(call.deps, { userId: proof.userId, beganWith: proof.with, origin });
    if (proof.kind === 'refused' || proof.kind === 'passkey_needed') call.triedToBe(proof.userId);
    throw refuseProof(proof);
  }

  /** With the context's own database: what a try uses up stays used up, whatever the answer is. */
  async #prove(body: BodyOf<typeof endpoints.createSession>, address: string | null): Promise<Proof> {
    const { deps } = this.#context;
    const passkey = body.passkey ? toPasskeyAnswer(body.passkey) : null;
    const { email, password } = body;
    if (email !== undefined && password !== undefined)
      return provePassword(deps, { email, password, passkey, address });
    if (passkey === null) throw new Error('A body without token, password and passkey passed the contract');
    return provePasskey(deps, { passkey, address });
  }

  @Endpoint(endpoints.listSessions)
  async listSessions(call: Call<typeof endpoints.listSessions>) {
    const rows = await readSessions(call.deps, call.caller, call.page.listing);
    return call.page.of(
      rows,
      (row) => row.id,
      (row) => toSession(row, call.caller.tokenId),
    );
  }

  @Endpoint(endpoints.deleteSession)
  async deleteSession(call: Call<typeof endpoints.deleteSession>) {
    const { caller } = call;
    if (caller.kind !== 'session')
      throw new ApiError('conflict', 'This is a token, not a session', { hint: 'Revoke it under /v1/tokens.' });
    await revokeToken(call.deps, { caller, id: caller.tokenId });
    call.afterCommit(async () => this.#context.openStreams.endOf([caller.tokenId]));
    call.reply.header('set-cookie', clearSessionCookie(this.#context.secureCookies));
    return { id: caller.tokenId, also: {} };
  }

  @Endpoint(endpoints.endSession)
  async endSession(call: Call<typeof endpoints.endSession>) {
    const { session: id } = call.params;
    await endSession(call.deps, { caller: call.caller, id });
    call.afterCommit(async () => this.#context.openStreams.endOf([id]));
    return { id, also: {} };
  }

  @Endpoint(endpoints.endOtherSessions)
  async endOtherSessions(call: Call<typeof endpoints.endOtherSessions>) {
    const { caller } = call;
    const userId = personOf(caller);
    const ids = await endAllSessions(call.deps, { userId, except: caller.tokenId, actor: caller.actor });
    call.afterCommit(async () => this.#context.openStreams.endOf(ids));
    return { id: userId, also: { sessions: ids.length } };
  }
}

function toSession(row: SessionRow, current: string) {
  return { ...row, beganWith: row.beganWith as 'link' | null, current: row.id === current };
}
