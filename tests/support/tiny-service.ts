import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const tinyBase = 'sconce-test/tiny:1';

/** A base image of one static busybox: the smallest thing that serves HTTP, so that what is measured and tested is the platform. */
export function ensureTinyBase(docker: string): void {
  try {
    execFileSync(docker, ['image', 'inspect', tinyBase], { stdio: 'ignore' });
    return;
  } catch {
    // Not there yet: made below.
  }
  const busybox = '/bin/busybox';
  if (!existsSync(busybox)) throw new Error('busybox-static is missing; `npm test` installs it');
  const root = mkdtempSync(join(tmpdir(), 'sconce-tiny-'));
  try {
    for (const directory of ['bin', 'www', 'tmp', 'etc']) mkdirSync(join(root, directory));
    copyFileSync(busybox, join(root, 'bin/busybox'));
    chmodSync(join(root, 'bin/busybox'), 0o755);
    for (const tool of ['sh', 'cat', 'echo', 'sleep', 'wget', 'httpd', 'nslookup', 'env', 'nc', 'date'])
      symlinkSync('busybox', join(root, 'bin', tool));
    const archive = execFileSync('tar', ['-C', root, '-c', '.'], { maxBuffer: 1 << 26 });
    execFileSync(docker, ['import', '-', tinyBase], { input: archive, stdio: ['pipe', 'ignore', 'inherit'] });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The same in the registry of the cluster: answers how builds there name it. */
export function pushTinyBase(docker: string, registry: string, registryForPods: string): string {
  ensureTinyBase(docker);
  execFileSync(docker, ['tag', tinyBase, `${registry}/${tinyBase}`]);
  execFileSync(docker, ['push', `${registry}/${tinyBase}`], { stdio: 'ignore' });
  execFileSync(docker, ['rmi', `${registry}/${tinyBase}`], { stdio: 'ignore' });
  return `${registryForPods.replace(/^http:\/\//, '')}/${tinyBase}`;
}

export interface TinyService {
  /** What `/` answers. */
  readonly body: string;
  /** Shell run before it listens: `sleep 3`, `exit 1`, ... */
  readonly before?: string;
  readonly sconceYaml?: string;
  /** Of its Dockerfile; `tinyBase` where it is not said. */
  readonly base?: string;
}

/** Files of a repository whose service answers `body` at `/`, and the variable `GREETING` at `/greeting.txt`. */
export function tinyRepository(service: TinyService): Readonly<Record<string, string>> {
  const start = [
    service.before ?? ':',
    'printf "%s" "$GREETING" > /www/greeting.txt',
    'exec httpd -f -p 8000 -h /www',
  ].join('\n');
  return {
    Dockerfile: [
      `FROM ${service.base ?? tinyBase}`,
      'COPY start.sh /start.sh',
      'EXPOSE 8000',
      'CMD ["/bin/sh", "/start.sh"]',
      'COPY index.html /www/index.html',
      '',
    ].join('\n'),
    'start.sh': `${start}\n`,
    'index.html': service.body,
    ...(service.sconceYaml ? { 'sconce.yaml': service.sconceYaml } : {}),
  };
}

export function writeFiles(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(directory, path, '..'), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
}
