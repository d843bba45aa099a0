// What most would write first: NestJS on Express, the signature checked over the raw body, one insert, one job on a BullMQ queue, 202.
// Written with the same care for speed that its parts ask for: pooled connections, a named statement, no logging, no work after the answer.
// Decorators are applied by hand, because this file runs without a build.
import 'reflect-metadata';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { Controller, HttpCode, HttpException, Module, Post, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Queue } from 'bullmq';

import pg from 'pg';

interface SignedRequest {
  readonly rawBody?: Buffer;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const [databaseUrl = '', redisUrl = '', port = '0', secret = ''] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: databaseUrl, max: 24 });
const redis = new URL(redisUrl);
const queue = new Queue('deliveries', { connection: { host: redis.hostname, port: Number(redis.port) } });

class WebhookController {
  async take(request: SignedRequest): Promise<{ delivery: string }> {
    const body = request.rawBody ?? Buffer.alloc(0);
    const given = Buffer.from(String(request.headers['x-hub-signature-256']));
    const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
    if (given.length !== expected.length || !timingSafeEqual(given, expected))
      throw new HttpException('signature', 401);
    const delivery = String(request.headers['x-github-delivery']);
    const event = String(request.headers['x-github-event']);
    await pool.query({
      name: 'insert-delivery',
      text: 'INSERT INTO ordinary_delivery (id, event, body) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING',
      values: [delivery, event, body],
    });
    await queue.add('process-delivery', { delivery }, { jobId: delivery, removeOnComplete: true });
    return { delivery };
  }
}
const take = Object.getOwnPropertyDescriptor(WebhookController.prototype, 'take') as PropertyDescriptor;
Controller()(WebhookController);
Post('v1/webhooks/github')(WebhookController.prototype, 'take', take);
HttpCode(202)(WebhookController.prototype, 'take', take);
Req()(WebhookController.prototype, 'take', 0);

class OrdinaryModule {}
Module({ controllers: [WebhookController] })(OrdinaryModule);

await pool.query(
  'CREATE TABLE IF NOT EXISTS ordinary_delivery (id text PRIMARY KEY, event text NOT NULL, body bytea NOT NULL, received_at timestamptz NOT NULL DEFAULT now())',
);
const app = await NestFactory.create<NestExpressApplication>(OrdinaryModule, { rawBody: true, logger: false });
app.useBodyParser('json', { limit: '25mb' });
await app.listen(Number(port), '127.0.0.1');
process.stdout.write('ready\n');
