// Sends signed deliveries over keep-alive connections, each connection one at a time, as fast as they are answered, and goes on over new
// ones when they break. Prints JSON: how many were answered 202 and otherwise, and the ids that were acknowledged.
import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

const [port = '0', secret = '', bodyFile = '', connections = '64', seconds = '4'] = process.argv.slice(2);
const body = readFileSync(bodyFile);
const signature = createHmac('sha256', secret).update(body).digest('hex');
const head = (id: string) =>
  `POST /v1/webhooks/github HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n` +
  `X-GitHub-Event: push\r\nX-GitHub-Delivery: ${id}\r\nX-Hub-Signature-256: sha256=${signature}\r\n\r\n`;

const idLength = 36;
const runName = randomBytes(8).toString('hex');
let counter = 0;
const acknowledged: string[] = [];
let accepted = 0;
let refused = 0;
const started = performance.now();
const deadline = started + Number(seconds) * 1_000;

await Promise.all(Array.from({ length: Number(connections) }, run));
const tookMs = performance.now() - started;
process.stdout.write(`${JSON.stringify({ accepted, refused, tookMs, ids: acknowledged })}\n`);

/** One connection after the other until the time is up; a broken one is made again. */
async function run(): Promise<void> {
  while (performance.now() < deadline) {
    await exchange();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function exchange(): Promise<void> {
  return new Promise((resolve) => {
    let id = '';
    let pending = Buffer.alloc(0);
    const request = Buffer.concat([Buffer.from(head('0'.repeat(idLength)), 'latin1'), body]);
    const idAt = request.indexOf('X-GitHub-Delivery: ') + 'X-GitHub-Delivery: '.length;
    const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true }, () => next());
    const next = () => {
      if (performance.now() >= deadline) return void socket.end();
      counter += 1;
      id = `${runName}-${String(counter).padStart(idLength - runName.length - 1, '0')}`;
      request.write(id, idAt, 'latin1');
      socket.write(request);
    };
    socket.on('data', (data) => {
      // As a rule an answer comes in one piece.
      pending = pending.length === 0 ? data : Buffer.concat([pending, data]);
      if (!isWhole(pending)) return;
      if (pending.toString('latin1', 9, 12) === '202') {
        accepted += 1;
        acknowledged.push(id);
      } else refused += 1;
      pending = Buffer.alloc(0);
      next();
    });
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
  });
}

function isWhole(answer: Buffer): boolean {
  const end = answer.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = /content-length: (\d+)/i.exec(answer.toString('latin1', 0, end))?.[1];
  return answer.length >= end + 4 + Number(length ?? 0);
}
