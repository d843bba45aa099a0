import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const call = promisify(execFile);

/** Makes sure of HAProxy and Go, builds the benchmark's own tool and returns its path. */
export async function installWhatIsMissing(directory: string): Promise<string> {
  if (!existsSync('/usr/sbin/haproxy')) {
    process.stdout.write('installing haproxy: it is what the gateway is compared with\n');
    await call('apt-get', ['install', '--yes', '--no-install-recommends', 'haproxy'], { timeout: 300_000 });
  }
  if ((await find('go')) === null) {
    process.stdout.write('installing golang-go: for the Go proxy, the client and the replica\n');
    await call('apt-get', ['install', '--yes', '--no-install-recommends', 'golang-go'], { timeout: 600_000 });
  }
  const tool = join(directory, 'bench');
  await call('go', ['build', '-o', tool, '.'], { cwd: import.meta.dirname, timeout: 300_000 });
  return tool;
}

async function find(command: string): Promise<string | null> {
  const found = await call('which', [command]).catch(() => null);
  return found === null ? null : found.stdout.trim();
}
