import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import {
  type Clock,
  type ExecOutput,
  type ExecProcess,
  ExecRefused,
  type ExecRequest,
  execInShell,
  type RunningExec,
  RuntimeUnavailable,
  type TerminalSize,
} from '@sconce/ports';
import { lookAt, sidecarsIn } from '../containers/replica-sidecars.ts';
import { isRunning } from '../containers/to-observed-replica.ts';
import type { ContainerFacts, Engine } from '../engine/engine.ts';
import { isConflict, isNotFound } from '../engine/engine-errors.ts';
import { label, parseReplicaLabels, type ReplicaLabels } from '../names.ts';
import { createExecFrameParser } from './exec-frames.ts';

export interface ExecParts {
  readonly engine: Engine;
  readonly home: string;
  readonly clock: Clock;
}

/** Throws `ExecRefused`, `RuntimeUnavailable`. */
export async function execInContainer(parts: ExecParts, request: ExecRequest): Promise<RunningExec> {
  const container = await findContainer(parts, request);
  const begin = (command: readonly string[], terminal: TerminalSize | null) =>
    beginProcess(parts, container, command, terminal);
  return execInShell(begin, request, parts.clock);
}

async function findContainer({ engine, home }: ExecParts, { replica, sidecar }: ExecRequest): Promise<string> {
  const facts = await lookAt(engine, replica.id);
  const labels = facts && parseReplicaLabels(facts.Config.Labels ?? {}, home);
  if (!facts || labels?.service !== replica.service) throw gone();
  if (sidecar === null) return runningOne(facts, 'The replica');
  return findSidecar(engine, home, labels, sidecar);
}

async function findSidecar(engine: Engine, home: string, labels: ReplicaLabels, name: string): Promise<string> {
  if (!labels.sidecars.includes(name)) {
    const known = labels.sidecars.length > 0 ? `it has ${labels.sidecars.join(', ')}` : 'it has none';
    throw new ExecRefused('no_such_container', `The replica has no sidecar ${name.slice(0, 60)}: ${known}.`);
  }
  const beside = await engine.listContainers([`${label.home}=${home}`, `${label.sandbox}=${labels.sandbox}`]);
  const found = sidecarsIn(labels.sandbox, beside).get(name);
  const facts = found === undefined ? null : await lookAt(engine, found.Id);
  if (facts === null) throw notRunning(`The sidecar ${name}`);
  return runningOne(facts, `The sidecar ${name}`);
}

function runningOne(facts: ContainerFacts, what: string): string {
  if (facts.State.Paused)
    throw new ExecRefused('not_running', `${what} is frozen: nothing can be run in it until it goes on.`);
  if (!isRunning(facts)) throw notRunning(what);
  return facts.Id;
}

async function beginProcess(
  { engine, clock }: ExecParts,
  container: string,
  command: readonly string[],
  terminal: TerminalSize | null,
): Promise<ExecProcess> {
  const id = await orRefuse(engine.createExec(container, command, terminal));
  const stream = await orRefuse(engine.startExec(id, terminal !== null));
  if (terminal !== null) await engine.resizeExec(id, terminal);
  return {
    output: readOutput(stream, terminal !== null),
    write: (bytes) => writeTo(stream, bytes),
    end: () => {
      if (terminal === null) stream.end();
    },
    resize: (size) => engine.resizeExec(id, size),
    exitCode: () => exitCodeOf(engine, clock, id),
    close: () => void stream.destroy(),
  };
}

async function orRefuse<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isNotFound(error)) throw gone();
    if (isConflict(error)) throw notRunning('It');
    throw error;
  }
}

/** The connection is read only as far as somebody takes what comes. */
async function* readOutput(stream: Duplex, hasTerminal: boolean): AsyncGenerator<ExecOutput, void, undefined> {
  const parse = createExecFrameParser();
  try {
    for await (const chunk of stream) {
      if (hasTerminal) yield { stream: 'stdout', bytes: chunk as Buffer };
      else yield* parse(chunk as Buffer);
    }
  } catch (error) {
    throw new RuntimeUnavailable('The container engine was lost while a command ran', { cause: error });
  }
}

async function writeTo(stream: Duplex, bytes: Uint8Array): Promise<void> {
  if (!stream.writable || stream.write(bytes)) return;
  const settled = new AbortController();
  const { signal } = settled;
  await Promise.race([once(stream, 'drain', { signal }), once(stream, 'close', { signal })]).catch(() => undefined);
  settled.abort();
}

const lookMs = 20;
const looks = 100;

/** The engine writes the code down a moment after the output has ended. */
async function exitCodeOf(engine: Engine, clock: Clock, id: string): Promise<number> {
  for (let look = 0; look < looks; look += 1) {
    const { isRunning: goesOn, exitCode } = await engine.inspectExec(id);
    if (!goesOn && exitCode !== null) return exitCode;
    await clock.sleep(lookMs);
  }
  throw new RuntimeUnavailable('The container engine did not say how a command ended');
}

const gone = () => new ExecRefused('replica_gone', 'The replica is gone.');
const notRunning = (what: string) =>
  new ExecRefused('not_running', `${what} does not run now: nothing can be run in it.`);
