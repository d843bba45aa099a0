import { execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';

/** What a person would type: `docker build`, `docker run --gpus all`, ask until it answers. The putting away is not counted. */
export class PlainGpuScript {
  private readonly docker: string;
  private readonly directory: string;
  private readonly startMs: number;
  private readonly tag = 'sconce-bench/plain-gpu:1';

  constructor(docker: string, directory: string, startMs: number) {
    this.docker = docker;
    this.directory = directory;
    this.startMs = startMs;
  }

  /** Milliseconds from the build's start to the first 200. */
  async run(): Promise<number> {
    const began = performance.now();
    execFileSync(this.docker, ['build', '-q', '-t', this.tag, '.'], {
      cwd: this.directory,
      env: { ...process.env, DOCKER_BUILDKIT: '1' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const container = this.text('run', '-d', '--gpus', 'all', this.tag);
    try {
      const address = this.text('inspect', '-f', '{{.NetworkSettings.IPAddress}}', container);
      await untilReady(`http://${address}:8000/healthz`, this.startMs);
      return performance.now() - began;
    } finally {
      execFileSync(this.docker, ['rm', '-f', container], { stdio: 'ignore' });
    }
  }

  remove(): void {
    execFileSync(this.docker, ['rmi', '-f', this.tag], { stdio: 'ignore' });
  }

  private text(...args: string[]): string {
    return execFileSync(this.docker, args, { encoding: 'utf8' }).trim();
  }
}

/** Asks every 20 ms until it answers 200. */
export async function untilReady(url: string, withinMs: number): Promise<void> {
  for (const deadline = Date.now() + withinMs; ; ) {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
      await answer.arrayBuffer();
      if (answer.status === 200) return;
    } catch {
      // Not up yet: that is what is being waited for.
    }
    if (Date.now() > deadline) throw new Error(`${url} did not answer 200 within ${withinMs} ms`);
    await pause(20);
  }
}
