import type { EpochMs } from '../clock.ts';
import { type LatencyCounts, mergeLatency } from './latency-buckets.ts';

/** The shortest stretch of time that is told apart; gateways and runtimes are asked once in each. */
export const slotMs = 10_000;

export const startOfSlot = (at: EpochMs): EpochMs => Math.floor(at / slotMs) * slotMs;

/** What one stretch of time adds up to. Everything in it adds: over time, gateways, replicas and releases. */
export interface MetricSums {
  /** Requests that ended, by the first digit of their answer's status; 0: without a whole answer, because the client left or the replica broke off. */
  readonly answers: readonly [number, number, number, number, number, number];
  /** Of those 5xx, the ones that the gateway gave in the service's place: no replica, at capacity, timed out, broken. */
  readonly ownErrors: number;
  /** From the first byte of a request to the last of its answer, of whole answers that a replica gave. */
  readonly latency: LatencyCounts;
  /** Sums over slots of how many there were on average: at a replica, and waiting for one to have room. */
  readonly inFlight: number;
  readonly waiting: number;
  /** Sums over slots of what was used; per slot, all replicas together. */
  readonly cpuMs: number;
  readonly memoryMiB: number;
  readonly gpuMemoryMiB: number;
  /** Sum of the use of each GPU in percent, and of how many GPUs that was. */
  readonly gpuPercent: number;
  readonly gpus: number;
  /** One bit for each slot of the stretch in which use was measured. */
  readonly measured: bigint;
}

export const noSums: MetricSums = {
  answers: [0, 0, 0, 0, 0, 0],
  ownErrors: 0,
  latency: [],
  inFlight: 0,
  waiting: 0,
  cpuMs: 0,
  memoryMiB: 0,
  gpuMemoryMiB: 0,
  gpuPercent: 0,
  gpus: 0,
  measured: 0n,
};

export function addSums(all: readonly MetricSums[]): MetricSums {
  const [first, ...rest] = all;
  if (first === undefined) return noSums;
  if (rest.length === 0) return first;
  const sum = (of: (sums: MetricSums) => number) => all.reduce((total, one) => total + of(one), 0);
  const answers = (digit: number) => sum((one) => one.answers[digit] ?? 0);
  return {
    answers: [answers(0), answers(1), answers(2), answers(3), answers(4), answers(5)],
    ownErrors: sum((one) => one.ownErrors),
    latency: mergeLatency(all.map((one) => one.latency)),
    inFlight: sum((one) => one.inFlight),
    waiting: sum((one) => one.waiting),
    cpuMs: sum((one) => one.cpuMs),
    memoryMiB: sum((one) => one.memoryMiB),
    gpuMemoryMiB: sum((one) => one.gpuMemoryMiB),
    gpuPercent: sum((one) => one.gpuPercent),
    gpus: sum((one) => one.gpus),
    measured: all.reduce((bits, one) => bits | one.measured, 0n),
  };
}

/** How many slots have their bit. */
export function countSlots(measured: bigint): number {
  let count = 0;
  for (let bits = measured; bits > 0n; bits >>= 1n) count += Number(bits & 1n);
  return count;
}
