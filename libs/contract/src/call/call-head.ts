import type { Problem } from '../shape/problem.ts';

export const callMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** Ways to write a form down. */
export const formTypes = ['multipart/form-data', 'application/x-www-form-urlencoded'] as const;
export type FormType = (typeof formTypes)[number];

/** Headers that say what a call's body and its answer's cannot. */
export const callHeaderNames = {
  /** Request: headers for the service, as a JSON object. Of the request's own nothing reaches it but the body's type. */
  send: 'sconce-call-headers',
  /** Answer: what the service said besides the body, as percent-encoded JSON of `CallHead`. The answer's own status says only that there is one. */
  head: 'sconce-call-head',
} as const;

/** Largest body that is handed on, and largest answer that is handed back. */
export const largestCallBytes = 32 * 1024 * 1024;

/** Subprotocols between the platform and whoever opens a socket through it: a browser can say nothing else while it opens one. */
export const socketNames = {
  /** Taken where it is offered. */
  protocol: 'sconce.socket',
  /** Followed by base64url of what `callHeaderNames.send` would hold. */
  headers: 'sconce.headers.',
} as const;

/** The first message of a socket, as JSON in a text of its own: how the service answered. All that follows is the service's. */
export type SocketOpening =
  | { readonly head: SocketHead }
  /** The service was not asked, or did not answer. */
  | { readonly problem: Problem };

/** `status` is 101 where the service opened it. */
export interface SocketHead extends CallHead {
  /** The subprotocol that the service took. */
  readonly protocol: string | null;
  /** Where it opened nothing: what it said instead, its beginning. */
  readonly text: string | null;
}

export interface CallHead {
  readonly status: number;
  /** The service's content type, as it said it; what carries the body back is always octets. */
  readonly type: string | null;
  /** `gateway`: it answered itself, since no replica did. */
  readonly from: 'service' | 'gateway';
  /** `r12` */
  readonly release: string | null;
  /** Beginning of the id of the replica that answered. */
  readonly replica: string | null;
  readonly requestId: string | null;
  /** From the last word of the platform to the first of the service. */
  readonly firstByteMs: number;
  readonly headers: readonly (readonly [string, string])[];
}
