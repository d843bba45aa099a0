import type { Readable } from 'node:stream';
import { createPlaceKeeper, formatLogPlace, type LogPlace, parseLogPlace } from '@sconce/core';
import { KubernetesRefused, type PodFacts, pathOf } from '@sconce/kubernetes-api';
import type { LogCursor, ReplicaRef, RuntimeLogLine } from '@sconce/ports';
import type { KubernetesParts } from '../applying/kubernetes-parts.ts';
import { mainContainer } from '../names.ts';
import { findPod } from '../observing/find-pod.ts';
import { mainStatus } from '../observing/to-observed-replica.ts';
import { createLogParser } from './log-lines.ts';

/** One process of a replica, as far as its log is still there: the one that runs or ended last, and the one before. */
interface ProcessLog {
  /** Start of its container's id. */
  readonly id: string;
  readonly isPrevious: boolean;
  readonly isRunning: boolean;
}

interface Position {
  readonly process: string;
  readonly place: LogPlace | null;
  /** All of it was read. */
  readonly isDone: boolean;
}

const firstLookMs = 100;
const longestLookMs = 1_000;
/** `sinceTime` is cut to whole seconds on its way to the kubelet. */
const stepMs = 1_000;

/**
 * All lines of a replica's processes, one after the other, until its pod is gone. Kubernetes does not tell stdout from stderr (a
 * query for one of them is not on by default): every line is said to be of stdout.
 */
export async function* followLogs(
  parts: KubernetesParts,
  replica: ReplicaRef,
  from: LogCursor,
  signal: AbortSignal,
): AsyncGenerator<RuntimeLogLine, void, undefined> {
  let position = parsePosition(from);
  for (let pauseMs = firstLookMs; !signal.aborted; ) {
    const pod = await findPod(parts, replica);
    if (pod === null) return;
    const next = nextProcess(processesOf(pod), position);
    const stream = next === null ? null : await openLog(parts, pod, next, position, signal);
    if (next === null || stream === null) {
      await parts.clock.sleep(pauseMs, signal).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 2, longestLookMs);
      continue;
    }
    pauseMs = firstLookMs;
    const place = position?.process === next.id ? position.place : null;
    const read = yield* readStream(stream, next.id, place);
    position = { process: next.id, place: read.place, isDone: read.isWhole && !next.isRunning };
    // What followed a running process ends with it, or was cut: which, shows in the pod.
    if (next.isRunning && !signal.aborted) await parts.clock.sleep(firstLookMs, signal).catch(() => undefined);
  }
}

function processesOf(pod: PodFacts): readonly ProcessLog[] {
  const main = mainStatus(pod);
  const ended = main?.lastState?.terminated?.containerID;
  const current =
    main?.state?.running === undefined && main?.state?.terminated === undefined ? undefined : main.containerID;
  const isRunning = main?.state?.running !== undefined;
  return [
    ...(ended === undefined || ended === current ? [] : [{ id: shortId(ended), isPrevious: true, isRunning: false }]),
    ...(current === undefined ? [] : [{ id: shortId(current), isPrevious: false, isRunning }]),
  ];
}

/** `containerd://0123...` */
function shortId(containerId: string): string {
  return containerId.slice(containerId.lastIndexOf('/') + 1).slice(0, 12);
}

function nextProcess(processes: readonly ProcessLog[], position: Position | null): ProcessLog | null {
  const at = processes.findIndex(({ id }) => id === position?.process);
  return processes[at < 0 ? 0 : position?.isDone === true ? at + 1 : at] ?? null;
}

/** `<process>/<place>` */
function parsePosition(cursor: LogCursor): Position | null {
  const [, process, rest] = /^([0-9a-f]{12})\/(.+)$/.exec(cursor ?? '') ?? [];
  const place = parseLogPlace(rest ?? null);
  return process === undefined || place === null ? null : { process, place, isDone: false };
}

/** Null where there is nothing to read yet, or not any more. */
async function openLog(
  { api }: KubernetesParts,
  { metadata }: PodFacts,
  process: ProcessLog,
  position: Position | null,
  signal: AbortSignal,
): Promise<Readable | null> {
  const place = position?.process === process.id ? position.place : null;
  const query = {
    container: mainContainer,
    timestamps: true,
    follow: process.isRunning,
    previous: process.isPrevious,
    sinceTime: place === null ? undefined : `${place.since.slice(0, 19)}Z`,
  };
  try {
    const path = `${pathOf('Pod', metadata.namespace ?? '', metadata.name)}/log`;
    return await api.stream(`reading the log of pod ${metadata.name}`, path, query, signal);
  } catch (error) {
    if (signal.aborted || error instanceof KubernetesRefused) return null;
    throw error;
  }
}

interface ReadResult {
  readonly place: LogPlace | null;
  /** It came to its end, and was not cut. */
  readonly isWhole: boolean;
}

/** The lines past `known`, which stand in the log from `known.since` on. */
async function* readStream(
  stream: Readable,
  process: string,
  known: LogPlace | null,
): AsyncGenerator<RuntimeLogLine, ReadResult, undefined> {
  const parser = createLogParser();
  const keeper = createPlaceKeeper(
    known === null ? null : { since: known.since, count: 0, latest: known.since },
    stepMs,
  );
  let rest = known?.count ?? 0;
  let place = known;

  function* give(lines: ReturnType<typeof parser.write>): Generator<RuntimeLogLine, void, undefined> {
    for (const { timestamp, text } of lines) {
      const next = keeper.advance(timestamp);
      // One that is later than all that are known was not given out: the log was rotated over its place.
      if (rest > 0 && known !== null && timestamp > known.latest) rest = 0;
      if (rest > 0) {
        rest -= 1;
        continue;
      }
      place = next;
      yield { cursor: `${process}/${formatLogPlace(next)}`, at: `${timestamp.slice(0, 23)}Z`, stream: 'stdout', text };
    }
  }

  try {
    for await (const chunk of stream) yield* give(parser.write(chunk as Buffer));
    yield* give(parser.end());
    return { place, isWhole: true };
  } catch {
    // The connection broke: whether the pod or the API is gone shows when it is asked next.
    return { place, isWhole: false };
  } finally {
    stream.destroy();
  }
}
