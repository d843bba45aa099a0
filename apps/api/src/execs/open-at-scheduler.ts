import { randomBytes } from 'node:crypto';
import { type OpenedSocket, openSocket } from '../calls/open-socket.ts';
import type { ApiContext } from '../context.ts';
import { ApiError } from '../endpoint/api-error.ts';

/** For what the API hands on and does not end itself: a scheduler ends an exec sooner. */
const limits = { bytes: Number.MAX_SAFE_INTEGER, firstByteMs: 60_000, totalMs: 24 * 3_600_000 };

export interface ExecToOpen {
  readonly id: string;
  readonly ticket: string;
  readonly requestId: string;
}

/** Has a scheduler begin an exec, and answers the WebSocket to it. Throws `ApiError` conflict, unavailable. */
export async function openAtScheduler(
  { schedulerUrl }: Pick<ApiContext, 'schedulerUrl'>,
  { id, ticket, requestId }: ExecToOpen,
  signal: AbortSignal,
): Promise<OpenedSocket> {
  const headers = {
    authorization: `Bearer ${ticket}`,
    'x-request-id': requestId,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
  };
  const opened = await openSocket(
    schedulerUrl,
    { method: 'GET', target: `/execs/${id}`, headers },
    limits,
    signal,
  ).catch((error: unknown) => {
    throw error instanceof ApiError ? away(error) : error;
  });
  if (opened.socket === null) throw toRefusal(opened.head.status, opened.head.text ?? '');
  return {
    ...opened,
    isSilent: true,
    limits,
    lost: 'the scheduler was restarted or lost; the command was ended, or ends with its replica',
  };
}

function toRefusal(status: number, text: string): ApiError {
  const [first = '', ...rest] = text.trim().split('\n');
  if (status === 409) return new ApiError('conflict', first, { hint: rest.join(' ') || null });
  if (status === 503)
    return new ApiError('unavailable', first, { hint: 'Services keep running. Try again in a moment.' });
  return away(new Error(`it answered ${status}`));
}

function away(cause: Error): ApiError {
  const error = new ApiError('unavailable', 'The scheduler, which runs commands, does not answer now', {
    hint: 'Services keep running. Try again in a moment.',
  });
  error.cause = cause;
  return error;
}
