import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { type SpawnStreamingOptions, spawnStreaming } from './spawn-streaming.ts';

const script = (source: string, options: Partial<SpawnStreamingOptions> = {}) =>
  spawnStreaming(process.execPath, ['-e', source], { env: {}, timeoutMs: 60_000, ...options });

describe('spawnStreaming', () => {
  it('streams both ways', async () => {
    const child = script('process.stdin.pipe(process.stdout)');
    child.stdin.end('hello');
    expect(await text(child.stdout)).toBe('hello');
    await expect(child.ended).resolves.toBeUndefined();
  });

  it('tells a failure with its words', async () => {
    const child = script('console.error("no way"); process.exitCode = 4');
    child.stdout.resume();
    await expect(child.ended).rejects.toMatchObject({ failure: 'exit_code', code: 4 });
    expect(child.stderrTail()).toContain('no way');
  });

  it('ends with its signal and with its time', async () => {
    const forever = 'setInterval(() => {}, 1000)';
    await expect(script(forever, { timeoutMs: 200 }).ended).rejects.toMatchObject({ failure: 'timed_out' });
    const abort = new AbortController();
    const child = script(`console.log("up"); ${forever}`, { signal: abort.signal });
    child.stdout.once('data', () => abort.abort(new Error('gone')));
    await expect(child.ended).rejects.toThrow('gone');
  });

  it('says when there is no such command', async () => {
    const child = spawnStreaming('/no/such/command', [], { env: {}, timeoutMs: 60_000 });
    child.stdin.on('error', () => undefined);
    await expect(child.ended).rejects.toMatchObject({ failure: 'not_started' });
  });
});
