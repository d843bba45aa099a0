import { z } from 'zod';

/** The closed set of problem codes: each with its HTTP status, its title and what it means. A code never changes its meaning. */
export const problems = {
  malformed: {
    status: 400,
    title: 'The request could not be read',
    about: 'The body is not JSON, or the path or a header is not well formed.',
  },
  invalid: {
    status: 400,
    title: 'A value cannot be taken',
    about: 'One or more fields are wrong; `errors` names each of them.',
  },
  cursor_invalid: {
    status: 400,
    title: 'The cursor is not ours',
    about: 'Cursors are signed and belong to one list with one set of filters. Begin again without one.',
  },
  unauthenticated: {
    status: 401,
    title: 'Who are you?',
    about: 'There is no token, or it is unknown, expired or revoked. Send `Authorization: Bearer <token>`.',
  },
  sign_in_refused: {
    status: 401,
    title: 'That did not let you in',
    about:
      'Address, password or passkey is not right. Which of them is never told, nor whether somebody is known here.',
  },
  passkey_needed: {
    status: 401,
    title: 'Your passkey, too',
    about: 'The password is right, and this person asked for a passkey after it. Send both together.',
  },
  signature_invalid: {
    status: 401,
    title: 'The signature does not match',
    about: 'A webhook must be signed over its raw bytes with a secret that this installation knows.',
  },
  forbidden: {
    status: 403,
    title: 'Not allowed',
    about: 'The token is known, and what it asks for needs a scope or a role that it lacks.',
  },
  origin_forbidden: {
    status: 403,
    title: 'Not from this page',
    about: 'A browser session may only write from this installation’s own pages.',
  },
  not_found: { status: 404, title: 'Not found', about: 'There is nothing here, or nothing that this token may see.' },
  method_not_allowed: {
    status: 405,
    title: 'This path does not take that method',
    about: 'The `Allow` header lists those it takes.',
  },
  not_acceptable: {
    status: 406,
    title: 'No such representation',
    about: 'Streams answer text/event-stream or application/x-ndjson, everything else application/json.',
  },
  too_slow: {
    status: 408,
    title: 'The body came too slowly',
    about: 'The whole body has to arrive within the time given.',
  },
  conflict: {
    status: 409,
    title: 'Not in this state',
    about: 'What is there now does not allow it; `detail` says what is there.',
  },
  already_exists: {
    status: 409,
    title: 'There is one already',
    about: 'Something with this name stands in the same place.',
  },
  already_ended: {
    status: 409,
    title: 'It has ended',
    about: 'Builds and rollouts that ended are never reopened; start a new one.',
  },
  nothing_to_roll_back_to: {
    status: 409,
    title: 'Nothing to roll back to',
    about: 'The service has no earlier release that was live.',
  },
  image_collected: {
    status: 409,
    title: 'The image is gone',
    about: 'The image of that release was collected. Build its commit again.',
  },
  cannot_run_here: {
    status: 409,
    title: 'It cannot run here',
    about: 'The cluster has not what the release asks for, a GPU for instance.',
  },
  limit_reached: { status: 409, title: 'A limit is reached', about: '`detail` names the limit.' },
  idempotency_running: {
    status: 409,
    title: 'The first request is still running',
    about: 'Another request with this Idempotency-Key has not ended. Repeat this one a little later.',
  },
  precondition_failed: {
    status: 412,
    title: 'It was changed meanwhile',
    about: 'If-Match does not match the current ETag. Read it again and repeat the change.',
  },
  too_large: { status: 413, title: 'The body is too large', about: '`detail` names the limit.' },
  unsupported_media_type: {
    status: 415,
    title: 'Not JSON',
    about: 'Bodies are application/json (PATCH: application/merge-patch+json too).',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'The Idempotency-Key belongs to another request',
    about: 'The same key came with another body or path. Use a new key.',
  },
  rate_limited: { status: 429, title: 'Too many requests', about: '`Retry-After` says when to come back.' },
  internal: { status: 500, title: 'This is our fault', about: 'It was logged under `requestId`.' },
  gateway_unreachable: {
    status: 502,
    title: 'The gateway does not answer',
    about: 'The platform could not reach its own gateway, or it broke off; the service was perhaps never asked.',
  },
  unavailable: {
    status: 503,
    title: 'Not available now',
    about: 'Something this needs does not answer. Services keep running; repeat the request a little later.',
  },
  call_timed_out: {
    status: 504,
    title: 'The service did not answer in time',
    about:
      'A call through the platform waits two minutes for the first byte. Callers of the gateway wait as long as they like.',
  },
} as const satisfies Record<string, { status: number; title: string; about: string }>;

export type ProblemCode = keyof typeof problems;

export const problemCodes = Object.keys(problems) as [ProblemCode, ...ProblemCode[]];

export const problemSchema = z
  .object({
    type: z.string().describe('A page that explains the code.'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(problemCodes),
    requestId: z.string(),
    errors: z.array(z.object({ path: z.string(), code: z.string(), message: z.string() })).optional(),
    hint: z.string().optional().describe('What to do next.'),
  })
  .describe('RFC 9457 problem details.');

export type Problem = z.infer<typeof problemSchema>;
export type FieldProblem = NonNullable<Problem['errors']>[number];
