import type { IncomingMessage, ServerResponse } from 'node:http';
import { verifyGithubSignature } from '@sconce/foundation';
import type { ApiContext } from '../context.ts';
import { ApiError, isDatabaseAway, makeProblem, toProblem } from '../endpoint/api-error.ts';
import { requestIdOf } from '../http/headers.ts';
import { drainBody, readBody } from '../http/read-body.ts';

/** GitHub sends at most 25 MB and waits ten seconds for the answer. */
const limits = { maxBytes: 25 * 1024 * 1024, timeoutMs: 30_000 };

/**
 * `POST /v1/webhooks/github`: checks the signature over the raw bytes, stores the delivery, answers 202. What it means is found out later;
 * nothing here waits on anything but Postgres. A repeated delivery gets the same answer and has no second effect.
 */
export async function takeGithubWebhook(
  context: ApiContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = requestIdOf(request);
  try {
    const delivery = await record(context, request);
    context.metrics.count('sconce_webhook_deliveries', { outcome: 'accepted' });
    send(response, 202, 'application/json; charset=utf-8', requestId, JSON.stringify({ delivery }), {});
  } catch (error) {
    const problem = toProblem(error, requestId) ?? explainFault(context, error, requestId);
    context.metrics.count('sconce_webhook_deliveries', { outcome: problem.code });
    drainBody(request);
    const headers = {
      ...(error instanceof ApiError ? error.headers : {}),
      ...(problem.status === 503 ? { 'retry-after': '5' } : {}),
    };
    send(
      response,
      problem.status,
      'application/problem+json; charset=utf-8',
      requestId,
      JSON.stringify(problem),
      headers,
    );
  }
}

async function record(context: ApiContext, request: IncomingMessage): Promise<string> {
  const address = context.addressOf(request) ?? 'unknown';
  if (request.method !== 'POST')
    throw new ApiError('method_not_allowed', 'Webhooks are sent with POST', { headers: { allow: 'POST' } });
  const limited = context.strangerLimit.refusal(address);
  if (limited)
    throw new ApiError('rate_limited', 'Too many requests without a right signature', { headers: limited.headers });
  if (context.githubSecrets.length === 0) {
    throw new ApiError('signature_invalid', 'No webhook secret is set here', {
      hint: 'Set SCONCE_GITHUB_WEBHOOK_SECRET and start again.',
    });
  }
  const event = single(request, 'x-github-event');
  const hostDelivery = single(request, 'x-github-delivery');
  const signatures = request.headersDistinct['x-hub-signature-256'] ?? [];
  const body = await readBody(request, limits);
  const verdict = verifyGithubSignature(body, signatures, context.githubSecrets);
  if (verdict !== 'valid') {
    context.strangerLimit.take(address);
    throw verdict === 'malformed' || verdict === 'doubled'
      ? new ApiError('malformed', 'x-hub-signature-256 is not one `sha256=` and 64 hex digits', {
          errors: [{ path: 'x-hub-signature-256', code: 'malformed', message: 'One signature of SHA-256' }],
        })
      : new ApiError(
          'signature_invalid',
          verdict === 'missing' ? 'The delivery is not signed' : 'The signature does not match the body',
          { hint: 'The webhook’s secret has to be the one that is set here.' },
        );
  }
  const { delivery } = await context.recorder.record({ host: 'github', hostDelivery, event, body });
  return delivery;
}

function single(request: IncomingMessage, name: string): string {
  const values = request.headersDistinct[name] ?? [];
  const [value] = values;
  if (values.length === 1 && value !== undefined && /^[\x21-\x7e]{1,200}$/.test(value)) return value;
  throw new ApiError('malformed', `A delivery has one ${name}`, {
    errors: [{ path: name, code: 'malformed', message: 'One value of 1 to 200 printable characters' }],
  });
}

function explainFault(context: ApiContext, error: unknown, requestId: string) {
  const away = isDatabaseAway(error);
  context.deps.log[away ? 'warn' : 'error']({ err: error, requestId }, 'a delivery could not be stored');
  return makeProblem(away ? 'unavailable' : 'internal', 'The delivery was not stored', requestId, {
    hint: 'Send it again.',
  });
}

function send(
  response: ServerResponse,
  status: number,
  type: string,
  requestId: string,
  text: string,
  headers: Readonly<Record<string, string>>,
): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, {
    'x-content-type-options': 'nosniff',
    ...headers,
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'x-request-id': requestId,
  });
  response.end(text);
}
