import type { Framing } from '../http/framing.ts';
import type { RequestHead } from '../http/parse-request-head.ts';
import type { ResponseHead } from '../http/parse-response-head.ts';

export interface AnswerPlan {
  /** How the body travels to the client. */
  readonly framing: Framing;
  /** The client's connection ends with this answer. */
  readonly close: boolean;
}

/** A length is kept, chunked stays chunked; a body that ends by closing is chunked for those who understand it. */
export function planAnswer(request: RequestHead, answer: ResponseHead, mustClose: boolean): AnswerPlan {
  const close = mustClose || !request.keepAlive;
  if (answer.framing === 'none' || answer.framing === 'length') return { framing: answer.framing, close };
  if (request.minorVersion === 1) return { framing: 'chunked', close };
  return { framing: 'until_close', close: true };
}

export function composeAnswer(
  request: RequestHead,
  answer: ResponseHead,
  plan: AnswerPlan,
  from: { release: string; requestId: string },
): string {
  let text = `HTTP/1.1 ${answer.status} ${answer.reason}\r\n${answer.lines}`;
  if (answer.contentLength >= 0) text += `content-length: ${answer.contentLength}\r\n`;
  else if (plan.framing === 'chunked' || (answer.saysChunked && request.minorVersion === 1))
    text += 'transfer-encoding: chunked\r\n';
  text += `x-sconce-release: ${from.release}\r\nx-request-id: ${from.requestId}\r\n`;
  if (plan.close) text += 'connection: close\r\n';
  else if (request.minorVersion === 0) text += 'connection: keep-alive\r\n';
  return `${text}\r\n`;
}

/** 101: from here on both sides speak something else. */
export function composeSwitch(
  answer: ResponseHead,
  upgrade: string,
  from: { release: string; requestId: string },
): string {
  return (
    `HTTP/1.1 101 ${answer.reason}\r\n${answer.lines}connection: upgrade\r\nupgrade: ${upgrade}\r\n` +
    `x-sconce-release: ${from.release}\r\nx-request-id: ${from.requestId}\r\n\r\n`
  );
}

export function composeInterim(answer: ResponseHead): string {
  return `HTTP/1.1 ${answer.status} ${answer.reason}\r\n${answer.lines}\r\n`;
}
