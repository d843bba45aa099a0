import { createHash } from 'node:crypto';
import type { Clock, LogCursor, NodeLeaving, ObservedReplica, ReplicaTarget, RuntimeLogLine } from '@sconce/ports';
import { type FakeContainer, makeFakeContainer } from './fake-exec.ts';

/** What a process does from its start on. */
export type ReplicaBehaviour =
  /** Answers probes from `afterMs` (0) on; on SIGTERM it needs `finishMs` (0) to end. */
  | {
      readonly kind: 'serves';
      readonly afterMs?: number;
      readonly finishMs?: number;
      readonly prints?: readonly string[];
    }
  | { readonly kind: 'never_ready' }
  | { readonly kind: 'crashes'; readonly afterMs?: number; readonly exitCode?: number }
  | { readonly kind: 'out_of_memory'; readonly afterMs?: number }
  /** Prints `line 1` to `line N`, even ones on stderr, and then waits. */
  | { readonly kind: 'talks'; readonly lines: number; readonly everyMs: number }
  /** Serves, and only SIGKILL ends it. */
  | { readonly kind: 'ignores_term' };

export interface FakeReplica {
  readonly id: string;
  /** Where it was placed; null: nowhere yet, and so it was not started. */
  node(): string | null;
  /** Places it, and starts it there. */
  placeOn(node: string): void;
  /** Its node is gone, and nobody can say what became of it. */
  lose(): void;
  /** Whether whoever drains its node may end it. */
  setHeld(isHeld: boolean): void;
  isHeld(): boolean;
  /** Something about it may have changed. */
  hint(): void;
  readonly slot: number;
  readonly target: ReplicaTarget;
  readonly gpus: readonly string[];
  isStopping(): boolean;
  observe(): ObservedReplica;
  /** As the runtime does it: SIGTERM, SIGKILL after the stop timeout; resolves when it is gone. */
  stop(): Promise<void>;
  /** As a person removes it with the engine's own tools. */
  remove(): void;
  /** The process dies and is started again, as an engine does. */
  kill(exitCode?: number): void;
  restart(): void;
  /** While muted it answers no probe; unmuted it does, also where it never would by itself. */
  setMuted(isMuted: boolean): void;
  print(stream: 'stdout' | 'stderr', text: string): void;
  logs(from: LogCursor, signal: AbortSignal): AsyncIterable<RuntimeLogLine>;
  /** What commands are run in; null: that of its own process. */
  container(sidecar: string | null): FakeContainer;
}

export interface FakeReplicaParts {
  readonly clock: Clock;
  readonly target: ReplicaTarget;
  readonly slot: number;
  readonly gpus: readonly string[];
  behaviour(): ReplicaBehaviour;
  /** Of a sidecar with this image. */
  behaviourBeside(image: string): ReplicaBehaviour;
  nextAddress(): string;
  /** That a node is to go; null: it stays. */
  leavingOf(node: string): Omit<NodeLeaving, 'isHeld'> | null;
  onChange(): void;
  onGone(id: string): void;
}

type Health = 'starting' | 'ready' | 'unready' | 'exited';

const firstRestartMs = 100;
const longestRestartMs = 60_000;

let made = 0;

export function createFakeReplica(parts: FakeReplicaParts): FakeReplica {
  const { clock, target, slot, gpus } = parts;
  made += 1;
  const id = createHash('sha256').update(`${target.release} ${slot} ${made}`).digest('hex');
  const createdAt = new Date(clock.now()).toISOString();
  const log = createFakeLog();
  const containers = new Map<string | null, FakeContainer>();
  let life = new AbortController();
  const gone = new AbortController();
  let isStopping = false;
  let node: string | null = null;
  let isHeld = true;
  let isLost = false;
  let isMuted = false;
  let health: Health = 'starting';
  let host: string | null = null;
  let startedAt: string | null = null;
  let restarts = 0;
  let exit: { code: number; outOfMemory: boolean } | null = null;
  let message: string | null = null;

  function change(next: Health, words: string | null): void {
    health = next;
    message = words;
    if (!gone.signal.aborted) parts.onChange();
  }

  function begin(): void {
    life = new AbortController();
    host = parts.nextAddress();
    startedAt = new Date(clock.now()).toISOString();
    change('starting', 'It is starting.');
    void live(parts.behaviour(), life.signal).catch(() => undefined);
  }

  async function live(behaviour: ReplicaBehaviour, signal: AbortSignal): Promise<void> {
    if (behaviour.kind === 'never_ready') return;
    if (behaviour.kind === 'talks') return talk(behaviour.lines, behaviour.everyMs, signal);
    if ('afterMs' in behaviour && behaviour.afterMs) await clock.sleep(behaviour.afterMs, signal);
    if (behaviour.kind === 'crashes') return die(behaviour.exitCode ?? 1, false);
    if (behaviour.kind === 'out_of_memory') return die(137, true);
    if (behaviour.kind === 'serves') for (const text of behaviour.prints ?? []) print('stdout', text);
    if (!isMuted) change('ready', null);
  }

  async function talk(lines: number, everyMs: number, signal: AbortSignal): Promise<void> {
    for (let line = 1; line <= lines; line += 1) {
      print(line % 2 === 0 ? 'stderr' : 'stdout', `line ${line}`);
      await clock.sleep(everyMs, signal);
    }
  }

  function die(code: number, outOfMemory: boolean): void {
    life.abort();
    life = new AbortController();
    host = null;
    exit = { code, outOfMemory };
    change('exited', outOfMemory ? 'It ran out of memory and was ended.' : `It ended with exit code ${code}.`);
    if (isStopping || gone.signal.aborted) return;
    const pauseMs = Math.min(longestRestartMs, firstRestartMs * 2 ** Math.min(restarts, 20));
    clock.sleep(pauseMs, life.signal).then(
      () => {
        restarts += 1;
        begin();
      },
      () => undefined,
    );
  }

  function leave(): void {
    if (gone.signal.aborted) return;
    gone.abort();
    life.abort();
    log.close();
    parts.onGone(id);
    parts.onChange();
  }

  async function stop(): Promise<void> {
    isStopping = true;
    parts.onChange();
    const behaviour = parts.behaviour();
    const needsMs =
      behaviour.kind === 'ignores_term'
        ? Number.POSITIVE_INFINITY
        : 'finishMs' in behaviour
          ? (behaviour.finishMs ?? 0)
          : 0;
    const ms = Math.min(needsMs, target.stopTimeoutMs);
    // Who removes it meanwhile ends the wait.
    if (ms > 0 && health !== 'exited') await clock.sleep(ms, gone.signal).catch(() => undefined);
    leave();
  }

  /** So long without an answer, and a ready replica is unready. */
  async function noticeSilence(signal: AbortSignal): Promise<void> {
    await clock.sleep(target.probe.periodMs * target.probe.failureThreshold, signal);
    if (isMuted && health === 'ready') change('unready', 'It stopped answering.');
  }

  function print(stream: 'stdout' | 'stderr', text: string): void {
    log.add(stream, text, new Date(clock.now()).toISOString());
  }

  return {
    id,
    slot,
    target,
    gpus,
    node: () => node,
    placeOn(place) {
      node = place;
      begin();
    },
    lose() {
      isStopping = true;
      isLost = true;
      life.abort();
      change(health, null);
    },
    setHeld: (value) => {
      isHeld = value;
    },
    isHeld: () => isHeld,
    hint: () => parts.onChange(),
    isStopping: () => isStopping,
    stop,
    remove: leave,
    kill: (code = 137) => die(code, false),
    restart() {
      life.abort();
      begin();
    },
    setMuted(value) {
      isMuted = value;
      if (value) void noticeSilence(life.signal).catch(() => undefined);
      else if (health === 'unready' || health === 'starting') change('ready', null);
    },
    print,
    logs: (from, signal) => log.read(from, signal),
    container(sidecar) {
      const image = target.sidecars?.find(({ name }) => name === sidecar)?.image;
      const made = makeFakeContainer(image === undefined ? parts.behaviour() : parts.behaviourBeside(image));
      const container = containers.get(sidecar) ?? made;
      containers.set(sidecar, container);
      return container;
    },
    observe() {
      const trouble = health === 'exited' ? null : findTrouble(parts);
      const withSidecars = health === 'ready' && trouble !== null ? 'unready' : health;
      const shown = isStopping ? 'stopping' : withSidecars;
      const words =
        shown === 'stopping' ? 'It is being stopped.' : node === null ? 'It has no place.' : (trouble ?? message);
      const leaving = node === null ? null : parts.leavingOf(node);
      return {
        id,
        name: `r${target.releaseNumber}-${id.slice(0, 3)}`,
        service: target.service.service,
        release: target.release,
        generation: target.generation,
        health: shown,
        reason: isLost ? 'node_lost' : reasonWith(trouble, shown, exit, restarts),
        message: shown === 'ready' ? null : words,
        address: host === null || isLost ? null : { host, port: target.port },
        node: node ?? '',
        createdAt,
        startedAt,
        restarts,
        exitCode: exit?.code ?? null,
        outOfMemory: exit?.outOfMemory ?? false,
        gpus,
        ...(leaving === null ? {} : { leaving: { ...leaving, isHeld } }),
        ...(leaving === null && !isHeld ? { isLoose: true } : {}),
      };
    },
  };
}

/** Sidecars do well or crash; nothing else is played. */
function findTrouble({ target, behaviourBeside }: FakeReplicaParts): string | null {
  for (const { name, image } of target.sidecars ?? []) {
    const behaviour = behaviourBeside(image);
    if (behaviour.kind === 'crashes')
      return `Its sidecar ${name}: It ended with exit code ${behaviour.exitCode ?? 1}. It was started again once.`;
  }
  return null;
}

function reasonWith(
  trouble: string | null,
  health: ObservedReplica['health'],
  ...rest: [{ readonly outOfMemory: boolean } | null, number]
) {
  if (health === 'ready') return null;
  return trouble !== null && health !== 'stopping' ? 'crash_loop' : reasonOf(health, ...rest);
}

function reasonOf(health: ObservedReplica['health'], exit: { readonly outOfMemory: boolean } | null, restarts: number) {
  if (health === 'stopping') return 'draining';
  const hasEnded = health === 'exited' || (health === 'starting' && restarts > 0);
  if (!hasEnded || exit === null) return 'waiting_for_replicas';
  return exit.outOfMemory ? 'out_of_memory' : 'crash_loop';
}

function createFakeLog() {
  const lines: RuntimeLogLine[] = [];
  let isClosed = false;
  let changed = Promise.withResolvers<void>();
  const wake = () => {
    changed.resolve();
    changed = Promise.withResolvers<void>();
  };
  return {
    add(stream: 'stdout' | 'stderr', text: string, at: string) {
      lines.push({ cursor: String(lines.length + 1), at, stream, text });
      wake();
    },
    close() {
      isClosed = true;
      wake();
    },
    async *read(from: LogCursor, signal: AbortSignal): AsyncGenerator<RuntimeLogLine> {
      const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      for (let next = Number(from ?? 0); ; ) {
        const line = signal.aborted ? undefined : lines[next];
        if (line !== undefined) {
          next += 1;
          yield line;
        } else if (isClosed || signal.aborted) {
          return;
        } else {
          await Promise.race([changed.promise, aborted]);
        }
      }
    },
  };
}
