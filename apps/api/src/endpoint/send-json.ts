import type { FastifyReply } from 'fastify';
import type { ReplyText } from './idempotency.ts';

export function sendJson(reply: FastifyReply, { status, text, headers }: ReplyText): void {
  reply.code(status).headers(headers).header('content-type', 'application/json; charset=utf-8').send(text);
}
