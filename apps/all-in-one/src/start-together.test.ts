import { describe, expect, it } from 'vitest';
import { startTogether } from './start-together.ts';

function recording() {
  const steps: string[] = [];
  const part = (name: string, fails: 'start' | 'stop' | null = null) => ({
    name,
    start: async () => {
      if (fails === 'start') throw new Error(`${name} has no port`);
      steps.push(`start ${name}`);
      return {
        stop: async () => {
          steps.push(`stop ${name}`);
          if (fails === 'stop') throw new Error(`${name} hangs`);
        },
      };
    },
  });
  return { steps, part };
}

describe('startTogether', () => {
  it('starts in order and stops in the opposite one, once', async () => {
    const { steps, part } = recording();
    const running = await startTogether([part('a'), part('b'), part('c')]);
    await Promise.all([running.stop(), running.stop()]);
    expect(steps).toEqual(['start a', 'start b', 'start c', 'stop c', 'stop b', 'stop a']);
  });

  it('stops what already runs when a part does not start, and says which', async () => {
    const { steps, part } = recording();
    await expect(startTogether([part('a'), part('b', 'start'), part('c')])).rejects.toThrow('b could not be started');
    expect(steps).toEqual(['start a', 'stop a']);
  });

  it('stops the rest although one part does not stop, and names it', async () => {
    const { steps, part } = recording();
    const running = await startTogether([part('a'), part('b', 'stop'), part('c')]);
    await expect(running.stop()).rejects.toThrow('b could not be stopped');
    expect(steps.slice(3)).toEqual(['stop c', 'stop b', 'stop a']);
  });
});
