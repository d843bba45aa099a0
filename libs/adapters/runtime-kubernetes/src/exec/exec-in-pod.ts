import {
  channelProtocol,
  isForbidden,
  isNotFound,
  KubernetesRefused,
  type PodFacts,
  pathOf,
  speakChannels,
} from '@sconce/kubernetes-api';
import {
  type ExecProcess,
  ExecRefused,
  type ExecRequest,
  execInShell,
  type RunningExec,
  type TerminalSize,
} from '@sconce/ports';
import type { KubernetesParts } from '../applying/kubernetes-parts.ts';
import { mainContainer } from '../names.ts';
import { findPod } from '../observing/find-pod.ts';
import { mainStatus } from '../observing/to-observed-replica.ts';

/** Throws `ExecRefused`, `RuntimeUnavailable`. */
export async function execInPod(parts: KubernetesParts, request: ExecRequest): Promise<RunningExec> {
  const pod = await findPod(parts, request.replica);
  if (pod === null) throw gone();
  const container = containerOf(pod, request.sidecar);
  const begin = (command: readonly string[], terminal: TerminalSize | null) =>
    beginProcess(parts, pod, container, command, terminal);
  return execInShell(begin, request, parts.clock);
}

function containerOf(pod: PodFacts, sidecar: string | null): string {
  const beside = pod.status?.initContainerStatuses ?? [];
  const status = sidecar === null ? mainStatus(pod) : beside.find(({ name }) => name === sidecar);
  if (sidecar !== null && status === undefined) {
    const known = beside.length > 0 ? `it has ${beside.map(({ name }) => name).join(', ')}` : 'it has none';
    throw new ExecRefused('no_such_container', `The replica has no sidecar ${sidecar.slice(0, 60)}: ${known}.`);
  }
  if (status?.state?.running === undefined)
    throw notRunning(sidecar === null ? 'The replica' : `The sidecar ${sidecar}`);
  return sidecar ?? mainContainer;
}

async function beginProcess(
  { api }: KubernetesParts,
  { metadata }: PodFacts,
  container: string,
  command: readonly string[],
  terminal: TerminalSize | null,
): Promise<ExecProcess> {
  const search = new URLSearchParams({ container, stdin: 'true', stdout: 'true' });
  search.set(terminal === null ? 'stderr' : 'tty', 'true');
  for (const word of command) search.append('command', word);
  const path = `${pathOf('Pod', metadata.namespace ?? '', metadata.name)}/exec`;
  try {
    const socket = await api.socket(`running a command in pod ${metadata.name}`, path, `?${search}`, channelProtocol);
    const process = speakChannels(socket, terminal !== null);
    if (terminal !== null) await process.resize(terminal);
    return process;
  } catch (error) {
    throw toRefused(error);
  }
}

function toRefused(error: unknown): unknown {
  if (isNotFound(error)) return gone();
  if (isForbidden(error)) {
    const message =
      'The account of the cluster may not run commands in pods: an update of Sconce needs its rights applied again, by `sconce clusters set CLUSTER --renew`.';
    return new ExecRefused('not_allowed', message, { cause: error });
  }
  // It ended a moment ago.
  if (error instanceof KubernetesRefused) return notRunning('The replica', error);
  return error;
}

const gone = () => new ExecRefused('replica_gone', 'The replica is gone.');
const notRunning = (what: string, cause?: unknown) =>
  new ExecRefused('not_running', `${what} does not run now: nothing can be run in it.`, { cause });
