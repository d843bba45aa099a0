import { describeExit, describeRestarts, type Reason } from '@sconce/core';
import type { ObservedReplica, ReplicaHealth } from '@sconce/ports';
import type { ContainerFacts } from '../engine/engine.ts';
import { isSandboxMissingMessage } from '../engine/engine-errors.ts';
import { networkName, parseReplicaLabels, type ReplicaLabels } from '../names.ts';
import type { ProbeState } from '../probing/probe-state.ts';
import type { ReplicaFacts } from './inspect-replica.ts';
import type { SidecarTrouble } from './sidecar-trouble.ts';

/** How a process ended that is not the current one any more: the engine forgets it at the next start. */
export interface LastExit {
  readonly code: number | null;
  readonly outOfMemory: boolean;
}

/** What we know of a replica besides what the engine says. */
export interface ReplicaKnowledge {
  readonly node: string;
  readonly probe: ProbeState | null;
  readonly lastExit: LastExit | null;
  readonly isStopping: boolean;
  /** Null: all of its sidecars run, or it has none. */
  readonly sidecar: SidecarTrouble | null;
}

/** Null when the container is not one of ours. */
export function toObservedReplica(
  replica: ReplicaFacts,
  home: string,
  known: ReplicaKnowledge,
): ObservedReplica | null {
  const facts = replica.container;
  const labels = parseReplicaLabels(facts.Config.Labels ?? {}, home);
  if (labels === null) return null;
  const startedAt = processStart(facts);
  const exit = exitOf(facts, known);
  const health = healthOf(replica, known);
  const host = replicaHost(replica, labels);
  return {
    id: facts.Id,
    name: labels.name,
    service: labels.service,
    release: labels.release,
    generation: labels.generation,
    health,
    ...whyNotReady(replica, known, health, exit),
    address: host === null ? null : { host, port: labels.port },
    node: known.node,
    createdAt: facts.Created,
    startedAt,
    restarts: facts.RestartCount,
    exitCode: exit.code,
    outOfMemory: exit.outOfMemory,
    gpus: labels.gpus,
  };
}

/** When the current or last process started, with nine digits so that texts compare as times; null when none ever did. */
export function processStart(facts: ContainerFacts): string | null {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(facts.State.StartedAt);
  if (match === null || facts.State.StartedAt.startsWith('0001-')) return null;
  return `${match[1]}.${(match[2] ?? '').padEnd(9, '0')}Z`;
}

/** Docker reports a container that waits for its next start as running, too. */
export function isRunning(facts: ContainerFacts): boolean {
  return facts.State.Running && !facts.State.Restarting && !facts.State.Dead;
}

/** Null until the running process has an address on its environment's network. */
export function replicaHost(replica: ReplicaFacts, labels: ReplicaLabels): string | null {
  if (!isRunning(replica.container) || isCutOff(replica)) return null;
  return replica.sandbox?.NetworkSettings.Networks?.[networkName(labels.environment)]?.IPAddress || null;
}

/** Runs in a network that is gone: its sandbox has ended, or is another one since. */
export function isCutOff({ container, sandbox }: ReplicaFacts): boolean {
  if (!isRunning(container)) return false;
  if (sandbox === null || !isRunning(sandbox)) return true;
  return (processStart(sandbox) ?? '') > (processStart(container) ?? '');
}

function exitOf(facts: ContainerFacts, known: ReplicaKnowledge): LastExit {
  const hasRun = processStart(facts) !== null;
  if (isRunning(facts) || !hasRun) return known.lastExit ?? { code: null, outOfMemory: false };
  return { code: facts.State.ExitCode, outOfMemory: facts.State.OOMKilled || known.lastExit?.outOfMemory === true };
}

function healthOf(replica: ReplicaFacts, known: ReplicaKnowledge): ReplicaHealth {
  const facts = replica.container;
  if (known.isStopping || facts.State.Status === 'removing') return 'stopping';
  if (isCutOff(replica)) return 'exited';
  if (isRunning(facts)) return besideSidecars(known.probe?.verdict ?? 'starting', known);
  return facts.State.Status === 'created' && facts.State.Error === '' ? 'starting' : 'exited';
}

/** A replica does well only with all of its sidecars. */
function besideSidecars(health: ReplicaHealth, { sidecar }: ReplicaKnowledge): ReplicaHealth {
  return health === 'ready' && sidecar !== null ? 'unready' : health;
}

interface Why {
  readonly reason: Reason | null;
  readonly message: string | null;
}

function whyNotReady(replica: ReplicaFacts, known: ReplicaKnowledge, health: ReplicaHealth, exit: LastExit): Why {
  const facts = replica.container;
  if (health === 'ready') return { reason: null, message: null };
  if (health === 'stopping') return { reason: 'draining', message: 'It is being stopped.' };
  if (isCutOff(replica)) {
    return { reason: 'waiting_for_replicas', message: 'It lost its network and will be started again.' };
  }
  // The engine, after a restart of its own, started it before its sandbox.
  const cameTooEarly = isSandboxMissingMessage(facts.State.Error);
  if (health === 'exited' && facts.State.Error !== '' && !cameTooEarly) {
    return { reason: 'start_failed', message: `It could not be started: ${facts.State.Error.slice(0, 500)}` };
  }
  if (health !== 'exited' && known.sidecar !== null) return known.sidecar;
  const seen = known.probe?.message ?? null;
  const isLooping = facts.State.Restarting || facts.RestartCount > 0;
  if (health === 'exited' && !isLooping && !exit.outOfMemory) {
    // The engine starts again whatever ends by itself, so this was stopped: by a person, or with the engine.
    return { reason: 'waiting_for_replicas', message: 'It was stopped from outside and will be started again.' };
  }
  const hasEnded = health === 'exited' || (health === 'starting' && facts.RestartCount > 0);
  if (hasEnded) return { reason: exit.outOfMemory ? 'out_of_memory' : 'crash_loop', message: describeEnd(facts, exit) };
  if (health === 'starting') {
    return { reason: 'waiting_for_replicas', message: seen === null ? 'It is starting.' : `It is starting: ${seen}.` };
  }
  return {
    reason: 'waiting_for_replicas',
    message: seen === null ? 'It stopped answering.' : `It stopped answering: ${seen}.`,
  };
}

function describeEnd(facts: ContainerFacts, exit: LastExit): string {
  const again = describeRestarts(facts.RestartCount);
  if (exit.outOfMemory) return `It ran out of memory${describeLimit(facts)} and was ended.${again}`;
  return exit.code === null ? `It ended.${again}` : describeExit(exit.code, facts.RestartCount);
}

function describeLimit(facts: ContainerFacts): string {
  const bytes = facts.HostConfig.Memory ?? 0;
  return bytes === 0 ? '' : ` (its limit is ${Math.round(bytes / 1024 / 1024)} MiB)`;
}
