import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { inRoot } from '../machine/home.mjs';
import { logPath } from '../machine/processes.mjs';
import { say } from '../terminal/step.mjs';

/**
 * Builds the programs of the local cluster, at low priority, while other tests run: the first time takes minutes. Whoever starts the cluster waits for it, and
 * says what went wrong.
 */
export function buildClusterAhead() {
  if (process.env.KUBECONFIG) return;
  const path = logPath('cluster-build');
  const log = openSync(path, 'w');
  const script = inRoot('tools', 'local-cluster', 'local-cluster.mjs');
  const child = spawn(process.execPath, [script, 'build'], { stdio: ['ignore', log, log] });
  closeSync(log);
  child.on('error', () => {});
  // Nobody else is to wait for it.
  child.unref();
  process.on('exit', () => child.kill());
  say(`  .. cluster parts      built meanwhile, where they are not there: ${path}`);
}
