import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { inRoot } from '../machine/home.mjs';
import { Problem } from '../terminal/problem.mjs';
import { step } from '../terminal/step.mjs';

const firstAnswerMs = 120_000;
/** The addresses should not wait for a model that loads for minutes. */
const readyAgainMs = 6_000;

/**
 * Sends the picture through the gateway, as the printed line will, until there is an answer.
 * @param {string} url of `/predict`
 * @param {string} picture its path in this repository
 */
export async function waitForFirstAnswer(url, picture) {
  await step('answer', async (progress) => {
    const deadline = Date.now() + firstAnswerMs;
    for (;;) {
      const { ok, words } = await predict(url, picture).catch((error) => ({
        ok: false,
        words: String(error.cause?.code ?? error.message),
      }));
      if (ok) return words;
      if (Date.now() > deadline) {
        throw new Problem(`The service does not answer at ${url}: ${words}`, [
          'sconce status says what it is waiting for, sconce logs what it says.',
        ]);
      }
      progress.note = words;
      await sleep(200);
    }
  });
}

async function predict(url, picture) {
  const form = new FormData();
  form.set('image', new Blob([readFileSync(inRoot(picture))]), 'picture.jpg');
  const answer = await fetch(url, { method: 'POST', body: form, signal: AbortSignal.timeout(60_000) });
  const text = await answer.text();
  if (!answer.ok) return { ok: false, words: `${answer.status} ${text.slice(0, 120)}` };
  const { top, weights, milliseconds } = JSON.parse(text);
  // Said here as well, so that nobody wonders about a cat that is a photocopier.
  const honest = weights === 'random' ? ' (random weights: nothing was trained, see examples/resnet50/README.md)' : '';
  return { ok: true, words: `${top[0].class} in ${Math.round(milliseconds)} ms${honest}` };
}

/**
 * Waits for a replica of a service that was live before: `down` stopped them. One that takes longer is told, and not waited for.
 * @param {import('@sconce/contract').Client} client
 * @param {string} servicePath
 */
export async function waitUntilReadyAgain(client, servicePath) {
  await step(servicePath.split('/').at(-1) ?? servicePath, async (progress) => {
    const deadline = Date.now() + readyAgainMs;
    for (;;) {
      const { live, replicas, waiting } = await client.getService({ params: { service: servicePath } });
      if (replicas.ready > 0) return `${live?.release.name} answers`;
      if (Date.now() > deadline) return `is not ready yet: ${waiting?.message ?? 'its replicas are starting'}`;
      progress.note = waiting?.message ?? 'its replicas are starting';
      await sleep(100);
    }
  });
}
