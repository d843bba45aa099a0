export const callMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** Headers that say what a call's body and its answer's cannot. */
export const callHeaderNames = {
  /** Request: headers for the service, as a JSON object. Of the request's own nothing reaches it but the body's type. */
  send: 'sconce-call-headers',
  /** Answer: what the service said besides the body, as percent-encoded JSON of `CallHead`. The answer's own status says only that there is one. */
  head: 'sconce-call-head',
} as const;

/** Largest body that is handed on, and largest answer that is handed back. */
export const largestCallBytes = 32 * 1024 * 1024;

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
