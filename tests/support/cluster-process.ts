import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A process of the local cluster of `KUBECONFIG`: `kube-apiserver`, or the kubelet of a node. All parts of Kubernetes are one program there. */
export function findClusterProcess(part: string, ...words: readonly string[]): number {
  const program = join(dirname(process.env.KUBECONFIG ?? ''), 'bin/kubernetes');
  const pids = readdirSync('/proc').filter((name) => {
    const [first, second, ...rest] = /^\d+$/.test(name) ? argumentsOf(name) : [];
    return first === program && second === part && words.every((word) => rest.includes(word));
  });
  if (pids.length !== 1) throw new Error(`${pids.length} processes are the ${part} of this cluster, and not 1`);
  return Number(pids[0]);
}

function argumentsOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    // It ended meanwhile.
    return [];
  }
}
