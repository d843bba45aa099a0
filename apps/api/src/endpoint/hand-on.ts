import type { Problem, Scope } from '@sconce/contract';
import { holds, scopeAt } from '@sconce/core';
import type { Relayed } from '../calls/forward-call.ts';
import type { OpenedSocket } from '../calls/open-socket.ts';
import { readHandshake } from '../calls/read-handshake.ts';
import { relaySocket } from '../calls/relay-socket.ts';
import { sendRelayed } from '../calls/send-relayed.ts';
import type { ApiContext } from '../context.ts';
import { takeSocket } from '../http/upgrade.ts';
import { toProblem } from './api-error.ts';
import { writeAudit } from './audit.ts';
import type { Exchange } from './exchange.ts';

/** The answer is somebody else's. It ends with the right to it, as a stream does, and leaves a row of who asked for what changes something. */
export async function handOnCall(context: ApiContext, exchange: Exchange, method: string): Promise<void> {
  const { reply, state, path } = exchange;
  const leave = enter(context, exchange);
  try {
    const answer = (await exchange.invoke()) as Relayed;
    if (!['GET', 'HEAD', 'OPTIONS'].includes(method)) await writeAudit(context.deps.db.tx, state, path, 200, null);
    state.audited = true;
    await sendRelayed(reply, answer, context.callLimits, exchange.signal);
  } finally {
    leave();
  }
}

/**
 * As a call, but both sides go on talking, so that it was opened is always written down. Once the handshake is good a refusal is told over the WebSocket: of one
 * over HTTP browsers tell a page nothing.
 */
export async function handOnSocket(context: ApiContext, exchange: Exchange): Promise<void> {
  const { reply, request, state } = exchange;
  const { requestId } = state;
  const handshake = readHandshake(request.raw.headers);
  const leave = enter(context, exchange);
  let opened: Outcome | null = null;
  try {
    opened = (await exchange.invoke().catch((error: unknown) => {
      if (exchange.signal.aborted) return null;
      const problem = toProblem(error, requestId);
      if (problem === null) throw error;
      return { problem };
    })) as Outcome | null;
    state.audited = true;
    if (opened !== null) await noteOpening(context, exchange, opened);
    reply.hijack();
    const client = takeSocket(request.raw);
    if (opened === null) client.destroy();
    else await relaySocket(client, handshake, requestId, opened, context.callLimits, exchange.signal);
  } finally {
    if (opened && 'socket' in opened) opened.socket?.destroy();
    leave();
  }
}

type Outcome = OpenedSocket | { readonly problem: Problem };

async function noteOpening(context: ApiContext, { state, path }: Exchange, opened: Outcome): Promise<void> {
  const [status, code] = 'problem' in opened ? [opened.problem.status, opened.problem.code] : [101, null];
  if (status < 500) await writeAudit(context.deps.db.tx, state, path, status, code);
  context.metrics.count('sconce_api_requests', { action: state.name ?? 'none', status: String(status) });
}

/** A slot, and an end with the right to it. Answers how to give both back. */
function enter(context: ApiContext, { state, endpoint, end }: Exchange): () => void {
  const { caller, bearer, place } = state;
  if (caller === null || bearer === null || place === null) throw new Error('A call is open to nobody in particular');
  const slots = state.name === 'openExec' ? context.execSlots : context.callSlots;
  const slot = slots.enter(caller.tokenId);
  try {
    const leave = context.openStreams.enter({
      tokenId: caller.tokenId,
      bearer,
      isAllowed: (now) => holds(scopeAt(now.rights, place), endpoint.permission as Scope),
      end,
    });
    return () => {
      leave();
      slot();
    };
  } catch (error) {
    slot();
    throw error;
  }
}
