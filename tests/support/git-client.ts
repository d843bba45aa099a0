import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeFiles } from './tiny-service.ts';

const runFile = promisify(execFile);
const identity = {
  GIT_AUTHOR_NAME: 'Ana',
  GIT_AUTHOR_EMAIL: 'ana@example.com',
  GIT_COMMITTER_NAME: 'Ana',
  GIT_COMMITTER_EMAIL: 'ana@example.com',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
};

/** A person's clone: commits files and pushes over smart HTTP with the token as password. */
export class GitClone {
  readonly directory: string;
  private readonly environment: Record<string, string>;

  constructor(url: string, token: string) {
    this.directory = mkdtempSync(join(tmpdir(), 'sconce-clone-'));
    const basic = Buffer.from(`git:${token}`).toString('base64');
    this.environment = {
      PATH: process.env.PATH ?? '',
      HOME: this.directory,
      ...identity,
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'http.extraHeader',
      GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
    };
    this.git('init', '-q', '-b', 'main');
    this.git('remote', 'add', 'sconce', url);
  }

  git(...args: string[]): string {
    return execFileSync('git', args, {
      cwd: this.directory,
      env: this.environment,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  }

  /** Writes the files and commits; answers the commit's id. */
  commit(files: Readonly<Record<string, string>>, message: string): string {
    writeFiles(this.directory, files);
    this.git('add', '-A');
    this.git('commit', '-q', '--allow-empty', '-m', message);
    return this.git('rev-parse', 'HEAD');
  }

  async push(...args: string[]): Promise<void> {
    const refs = args.length > 0 ? args : ['HEAD:refs/heads/main'];
    await runFile('git', ['push', '-q', 'sconce', ...refs], { cwd: this.directory, env: this.environment });
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
