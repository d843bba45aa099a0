import { execFileSync } from 'node:child_process';

/** A docker client that can build with BuildKit: Debian's has it inside, newer ones need buildx. */
export function findDockerClient(): string {
  const candidates = ['/usr/bin/docker', 'docker'];
  const usable = candidates.find((client) => {
    try {
      const version = execFileSync(client, ['version', '--format', '{{.Client.Version}}'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      if (Number(version.split('.')[0]) < 23) return true;
      execFileSync(client, ['buildx', 'version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
  if (!usable) throw new Error('No docker client that can build. `npm test` installs one.');
  return usable;
}
