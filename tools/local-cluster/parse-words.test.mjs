import { describe, expect, it } from 'vitest';
import { parseWords } from './parse-words.mjs';

describe('parseWords', () => {
  it('takes a word, and for start how many nodes to simulate', () => {
    expect(parseWords(['stop'])).toEqual({ word: 'stop' });
    expect(parseWords(['start'])).toEqual({ word: 'start' });
    expect(parseWords(['start', '--simulated-nodes', '50'])).toEqual({ word: 'start', simulatedNodes: 50 });
    expect(parseWords(['start', '--simulated-nodes', '0'])).toEqual({ word: 'start', simulatedNodes: 0 });
  });

  it.each([
    [[], /Say what/],
    [['restart'], /"restart" is nothing/],
    [['stop', '--simulated-nodes', '3'], /stop does not know "--simulated-nodes"/],
    [['start', '--nodes'], /start does not know "--nodes"/],
    [['start', '--simulated-nodes', '3', 'x'], /start does not know "x"/],
    [['start', '--simulated-nodes'], /wants a number/],
    [['start', '--simulated-nodes', '-1'], /wants a number/],
    [['start', '--simulated-nodes', '5001'], /wants a number/],
  ])('says what is wrong with %j', (words, message) => {
    expect(() => parseWords(words)).toThrow(message);
  });
});
