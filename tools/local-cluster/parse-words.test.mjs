import { describe, expect, it } from 'vitest';
import { parseWords } from './parse-words.mjs';

describe('parseWords', () => {
  it('takes a word, and for start how many nodes to simulate', () => {
    expect(parseWords(['stop'])).toEqual({ word: 'stop' });
    expect(parseWords(['start'])).toEqual({ word: 'start' });
    expect(parseWords(['start', '--simulated-nodes', '50'])).toEqual({ word: 'start', simulatedNodes: 50 });
    expect(parseWords(['start', '--simulated-nodes', '0'])).toEqual({ word: 'start', simulatedNodes: 0 });
    const both = ['start', '--nodes', '2', '--simulated-nodes', '4'];
    expect(parseWords(both)).toEqual({ word: 'start', nodes: 2, simulatedNodes: 4 });
  });

  it.each([
    [[], /Say what/],
    [['restart'], /"restart" is nothing/],
    [['stop', '--simulated-nodes', '3'], /stop does not know "--simulated-nodes"/],
    [['start', '--node', '2'], /start does not know "--node"/],
    [['start', '--nodes', '3'], /wants a number from 1 to 2/],
    [['start', '--simulated-nodes', '3', 'x'], /start does not know "x"/],
    [['start', '--simulated-nodes'], /wants a number/],
    [['start', '--simulated-nodes', '-1'], /wants a number/],
    [['start', '--simulated-nodes', '5001'], /wants a number/],
  ])('says what is wrong with %j', (words, message) => {
    expect(() => parseWords(words)).toThrow(message);
  });
});
