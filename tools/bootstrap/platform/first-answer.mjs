import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { inRoot } from '../machine/home.mjs';
import { Problem } from '../terminal/problem.mjs';
import { step } from '../terminal/step.mjs';

const answerMs = 120_000;

/**
 * Asks the service through the gateway until it answers: replicas that were stopped by `down` are started again by now or soon.
 * @param {{ url: string, picture: string | null }} asked `picture`: path in the repository of what to predict on; null asks for nothing
 */
export async function waitForAnswer({ url, picture }) {
  await step('answer', async (progress) => {
    const deadline = Date.now() + answerMs;
    for (;;) {
      const { ok, words } = await ask(url, picture).catch((error) => ({
        ok: false,
        words: String(error.cause?.code ?? error.message),
      }));
      if (ok) return words;
      if (Date.now() > deadline)
        throw new Problem(`The service does not answer at ${url}: ${words}`, [
          'sconce status says what it is waiting for, sconce logs what it says.',
        ]);
      progress.note = words;
      await sleep(200);
    }
  });
}

async function ask(url, picture) {
  const signal = AbortSignal.timeout(60_000);
  if (picture === null) {
    const answer = await fetch(url, { signal });
    await answer.arrayBuffer();
    return { ok: answer.status < 500, words: answer.status < 500 ? url : `${answer.status}` };
  }
  const form = new FormData();
  form.set('image', new Blob([readFileSync(inRoot(picture))]), 'picture.jpg');
  const answer = await fetch(`${url}predict`, { method: 'POST', body: form, signal });
  const text = await answer.text();
  if (!answer.ok) return { ok: false, words: `${answer.status} ${text.slice(0, 120)}` };
  const { top, weights, milliseconds } = JSON.parse(text);
  // Said here as well, so that nobody wonders about a cat that is a photocopier.
  const honest = weights === 'random' ? ' (random weights: nothing was trained, see examples/resnet50/README.md)' : '';
  return { ok: true, words: `${top[0].class} in ${Math.round(milliseconds)} ms${honest}` };
}
