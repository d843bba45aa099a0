import type { ExecOutput, RunningExec, TerminalSize } from '@sconce/ports';
import { execScripts, floodBytes } from '../contract/exec-scripts.ts';
import type { ReplicaBehaviour } from './fake-replica.ts';

/** A container in which the scripts of the contract are played. */
export interface FakeContainer {
  readonly behaviour: ReplicaBehaviour;
  /** Command lines of what was run there and goes on. */
  readonly running: Set<string>;
  readonly files: Set<string>;
}

export const makeFakeContainer = (behaviour: ReplicaBehaviour): FakeContainer => ({
  behaviour,
  running: new Set(),
  files: new Set(),
});

interface Playing {
  readonly container: FakeContainer;
  readonly input: AsyncGenerator<Uint8Array>;
  readonly stopped: Promise<void>;
  size(): TerminalSize | null;
}

type Play = (playing: Playing) => AsyncGenerator<ExecOutput, number>;

const out = (text: string): ExecOutput => ({ stream: 'stdout', bytes: Buffer.from(text) });
const err = (text: string): ExecOutput => ({ stream: 'stderr', bytes: Buffer.from(text) });

const plays = new Map<string, Play>(
  (
    [
      [execScripts.outputs, playOutputs],
      [execScripts.echo, playEcho],
      [execScripts.size, playSize],
      [execScripts.stubborn, playStubborn],
      [execScripts.flood, playFlood],
      [execScripts.isDone, playIsDone],
      [execScripts.processes, playProcesses],
      [execScripts.first, playFirst],
      [[], playShell],
    ] as const
  ).map(([command, play]) => [JSON.stringify(command), play]),
);

export function fakeExec(
  container: FakeContainer,
  command: readonly string[],
  terminal: TerminalSize | null,
): RunningExec {
  const input = createInput();
  const stopped = Promise.withResolvers<void>();
  const exit = Promise.withResolvers<number>();
  exit.promise.catch(() => undefined);
  let size = terminal;
  const play = plays.get(JSON.stringify(command)) ?? playMissing;
  const playing = { container, input: input.read(), stopped: stopped.promise, size: () => size };
  return {
    output: (async function* () {
      exit.resolve(yield* play(playing));
    })(),
    write: async (bytes) => input.add(bytes),
    end: () => input.end(),
    resize: async (next) => {
      size = next;
    },
    exitCode: () => exit.promise,
    stop: async () => {
      container.running.clear();
      input.end();
      stopped.resolve();
    },
  };
}

function createInput() {
  const queue: Uint8Array[] = [];
  let isEnded = false;
  let changed = Promise.withResolvers<void>();
  const change = () => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  return {
    add(bytes: Uint8Array) {
      queue.push(bytes);
      change();
    },
    end() {
      isEnded = true;
      change();
    },
    async *read(): AsyncGenerator<Uint8Array> {
      for (;;) {
        const next = queue.shift();
        if (next) yield next;
        else if (isEnded) return;
        else await changed.promise;
      }
    },
  };
}

async function* playOutputs(): AsyncGenerator<ExecOutput, number> {
  yield out('out\n');
  yield err('err\n');
  return 7;
}

async function* playEcho({ input }: Playing): AsyncGenerator<ExecOutput, number> {
  for await (const bytes of input) yield { stream: 'stdout', bytes };
  return 0;
}

async function* playMissing(): AsyncGenerator<ExecOutput, number> {
  yield err('not found\n');
  return 127;
}

async function* playSize({ input, size }: Playing): AsyncGenerator<ExecOutput, number> {
  for await (const _ of input) yield out(`${size()?.rows} ${size()?.columns}\r\n`);
  return 0;
}

async function* playShell({ input }: Playing): AsyncGenerator<ExecOutput, number> {
  for await (const line of input) {
    const [, a, b, code] = /echo \$\(\((\d+) \* (\d+)\)\); exit (\d+)/.exec(Buffer.from(line).toString()) ?? [];
    yield out(`${Number(a) * Number(b)}\n`);
    return Number(code);
  }
  return 0;
}

async function* playStubborn({ container, stopped }: Playing): AsyncGenerator<ExecOutput, number> {
  container.running.add('sleep 98765');
  yield out('begun\n');
  await stopped;
  return 137;
}

async function* playFlood({ container }: Playing): AsyncGenerator<ExecOutput, number> {
  const bytes = new Uint8Array(1024 * 1024);
  for (let sent = 0; sent < floodBytes; sent += bytes.length) yield { stream: 'stdout', bytes };
  container.files.add('/tmp/done');
  return 0;
}

// biome-ignore lint/correctness/useYield: it only answers.
async function* playIsDone({ container }: Playing): AsyncGenerator<ExecOutput, number> {
  return container.files.has('/tmp/done') ? 0 : 1;
}

async function* playProcesses({ container }: Playing): AsyncGenerator<ExecOutput, number> {
  yield out([...container.running].join('\n'));
  return 0;
}

async function* playFirst({ container }: Playing): AsyncGenerator<ExecOutput, number> {
  yield out(container.behaviour.kind === 'serves' ? 'httpd' : 'sleep');
  return 0;
}
