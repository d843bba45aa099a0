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

/** Who answered, in the platform's own headers. */
export interface AnsweredBy {
  /** `r12` */
  readonly release: string;
  /** Beginning of the replica's id, or empty. */
  readonly replica: string;
  readonly requestId: string;
}

export function composeAnswer(request: RequestHead, answer: ResponseHead, plan: AnswerPlan, from: AnsweredBy): string {
  let text = `HTTP/1.1 ${answer.status} ${answer.reason}\r\n${answer.lines}`;
  if (answer.contentLength >= 0) text += `content-length: ${answer.contentLength}\r\n`;
  else if (plan.framing === 'chunked' || (answer.saysChunked && request.minorVersion === 1))
    text += 'transfer-encoding: chunked\r\n';
  text += answeredBy(from);
  if (plan.close) text += 'connection: close\r\n';
  else if (request.minorVersion === 0) text += 'connection: keep-alive\r\n';
  return `${text}\r\n`;
}

/** 101: from here on both sides speak something else. */
export function composeSwitch(answer: ResponseHead, upgrade: string, from: AnsweredBy): string {
  return (
    `HTTP/1.1 101 ${answer.reason}\r\n${answer.lines}connection: upgrade\r\nupgrade: ${upgrade}\r\n` +
    `${answeredBy(from)}\r\n`
  );
}

const answeredBy = ({ release, replica, requestId }: AnsweredBy): string =>
  `x-sconce-release: ${release}\r\n${replica === '' ? '' : `x-sconce-replica: ${replica}\r\n`}x-request-id: ${requestId}\r\n`;

export function composeInterim(answer: ResponseHead): string {
  return `HTTP/1.1 ${answer.status} ${answer.reason}\r\n${answer.lines}\r\n`;
}
