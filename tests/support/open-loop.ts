import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';

export interface LoadAnswer {
  readonly status: number;
  readonly release: string | null;
  readonly body: string;
  /** Milliseconds since the load began, when the request was due and when its answer was whole. */
  readonly dueAt: number;
  readonly doneAt: number;
  /** Why there was no answer; status is 0 then. */
  readonly error: string | null;
}

export interface RunningLoad {
  /** Stops sending, waits for what is under way and answers all there was. */
  finish(): Promise<readonly LoadAnswer[]>;
  readonly answers: readonly LoadAnswer[];
}

/** For what is never answered: to who asks whether answers come at all, it does not matter when. */
const patienceMs = 120_000;

/**
 * Open loop: a request is sent when it is due, whether or not earlier ones have been answered, so a stall shows as many late answers instead of
 * hiding as fewer requests. With `most` under way a due one is left out: a machine that is slower than the load is not buried under it. Connections are
 * kept alive, as a real client's are.
 */
export function openLoop(url: URL, perSecond: number, most = Number.POSITIVE_INFINITY): RunningLoad {
  const agent = new Agent({ keepAlive: true, maxSockets: 256, scheduling: 'lifo' });
  const answers: LoadAnswer[] = [];
  const underWay = new Set<Promise<void>>();
  const began = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1_000) * perSecond);
    for (; sent < due; sent += 1) {
      if (underWay.size >= most) continue;
      const one = ask(url, agent, patienceMs, (sent / perSecond) * 1_000, began).then(
        (answer) => void answers.push(answer),
      );
      underWay.add(one);
      void one.then(() => underWay.delete(one));
    }
  }, 2);
  return {
    answers,
    finish: async () => {
      clearInterval(timer);
      await Promise.all(underWay);
      agent.destroy();
      return answers;
    },
  };
}

function ask(url: URL, agent: Agent, timeoutMs: number, dueAt: number, began: number): Promise<LoadAnswer> {
  return new Promise((resolve) => {
    const end = (status: number, release: string | null, body: string, error: string | null) =>
      resolve({ status, release, body, dueAt, doneAt: performance.now() - began, error });
    const outgoing = request(url, { agent, timeout: timeoutMs }, (incoming) => {
      const chunks: Buffer[] = [];
      const release = incoming.headers['x-sconce-release'];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () =>
        end(
          incoming.complete ? (incoming.statusCode ?? 0) : 0,
          typeof release === 'string' ? release : null,
          Buffer.concat(chunks).toString(),
          incoming.complete ? null : 'cut',
        ),
      );
      incoming.on('error', (error) => end(0, null, '', `answer: ${error.message}`));
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
    outgoing.on('error', (error) => end(0, null, '', error.message));
    outgoing.end();
  });
}

/** One line a person can read: how many, how many lost, which releases answered. */
export function summarise(answers: readonly LoadAnswer[]): {
  total: number;
  lost: readonly LoadAnswer[];
  releases: Readonly<Record<string, number>>;
  p99Ms: number;
} {
  const releases: Record<string, number> = {};
  for (const answer of answers) releases[answer.release ?? 'none'] = (releases[answer.release ?? 'none'] ?? 0) + 1;
  const waits = answers.map((answer) => answer.doneAt - answer.dueAt).sort((a, b) => a - b);
  return {
    total: answers.length,
    lost: answers.filter((answer) => answer.status !== 200),
    releases,
    p99Ms: waits[Math.floor(waits.length * 0.99)] ?? 0,
  };
}
