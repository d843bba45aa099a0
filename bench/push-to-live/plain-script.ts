import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * What a person would write by hand: push to a bare repository, `docker build`, `docker run`, ask until it answers 200, put the old container
 * away. Milliseconds from the push's start to the first 200 of the new version, the putting away not counted.
 */
export class PlainScript {
  private readonly directory = mkdtempSync(join(tmpdir(), 'sconce-bench-plain-'));
  private readonly docker: string;
  private readonly clone: string;
  private current: string | null = null;
  private turn = 0;

  /** `clone` is a git work tree; this script pushes from it to a bare repository of its own. */
  constructor(docker: string, clone: string) {
    this.docker = docker;
    this.clone = clone;
    mkdirSync(join(this.directory, 'bare.git'));
    execFileSync('git', ['init', '-q', '--bare', join(this.directory, 'bare.git')]);
  }

  async deploy(expected: string): Promise<number> {
    this.turn += 1;
    const tag = `sconce-bench/plain:${this.turn}`;
    const began = performance.now();
    execFileSync('git', ['push', '-q', '-f', join(this.directory, 'bare.git'), 'HEAD:refs/heads/main'], {
      cwd: this.clone,
    });
    execFileSync(this.docker, ['build', '-q', '-t', tag, '.'], {
      cwd: this.clone,
      env: { ...process.env, DOCKER_BUILDKIT: '1' },
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    const container = execFileSync(this.docker, ['run', '-d', tag], { encoding: 'utf8' }).trim();
    const address = execFileSync(this.docker, ['inspect', '-f', '{{.NetworkSettings.IPAddress}}', container], {
      encoding: 'utf8',
    }).trim();
    await untilAnswer(`http://${address}:8000/`, expected);
    const tookMs = performance.now() - began;
    if (this.current) this.putAway(this.current);
    this.current = container;
    return tookMs;
  }

  private putAway(container: string): void {
    execFileSync(this.docker, ['rm', '-f', container], { stdio: 'ignore' });
  }

  remove(): void {
    if (this.current) this.putAway(this.current);
    for (let turn = 1; turn <= this.turn; turn += 1)
      execFileSync(this.docker, ['rmi', '-f', `sconce-bench/plain:${turn}`], { stdio: 'ignore' });
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Asks every 10 ms until the body is the expected one, as a patient script does. */
export async function untilAnswer(url: string, expected: string, timeoutMs = 60_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
      if (answer.status === 200 && (await answer.text()).trim() === expected) return;
    } catch {
      // Not up yet: that is what is being waited for.
    }
    if (Date.now() > deadline) throw new Error(`${url} did not answer "${expected}" within ${timeoutMs} ms`);
    await pause(10);
  }
}
