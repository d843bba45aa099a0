import type { EarlyAnswer } from '../api/early-answers.ts';
import { earlyLists, earlyPerson, streamMeta } from './early-lists.ts';

/**
 * Runs before everything else, alone and small: asks for what every page shows while the rest of the script is still on its way. What the pages know may
 * never be older than where the stream of events begins. A page for somebody who is signed in says where that is, and has had the browser ask for
 * these lists already; on any other, that place is asked for first, and the lists once it is known.
 *
 * The client takes each answer once, instead of asking (`api/early-answers.ts`); `enter` asks for just these.
 */
const answers = new Map<string, Promise<EarlyAnswer>>();
globalThis.sconceEarly = answers;

function ask(path: string): Promise<Response> {
  const answer = fetch(path, { headers: { accept: 'application/json' }, credentials: 'same-origin' });
  const noted = answer.then((response) => ({ response, atMs: Date.now() }));
  // Who takes it hears of it; where nobody does, nobody needs to.
  noted.catch(() => {});
  answers.set(path, noted);
  return answer;
}

async function askAll(): Promise<void> {
  if (document.querySelector(`meta[name=${streamMeta}]`) !== null) void ask(earlyPerson);
  else {
    const first = await Promise.all([ask(earlyPerson), ask('/v1/events?limit=1')]);
    if (first.some(({ ok }) => !ok)) return;
  }
  const figures = location.pathname === '/' ? ['/v1/metrics?limit=200&order=oldest'] : [];
  for (const list of [...earlyLists, ...figures]) void ask(list);
}

askAll().catch(() => {});

// The first look into storage waits for another process of the browser: here nothing else has to wait with it.
try {
  void localStorage.length;
} catch {
  // It may be forbidden; who needs it says so.
}
