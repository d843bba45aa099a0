import { Problem } from '../bootstrap/terminal/problem.mjs';

const usage = [
  'node tools/local-cluster/local-cluster.mjs start [--nodes 1|2] [--simulated-nodes N] | stop | status | build',
];
const counts = {
  '--nodes': { name: 'nodes', least: 1, most: 2 },
  '--simulated-nodes': { name: 'simulatedNodes', least: 0, most: 5_000 },
};

/**
 * @param {string[]} words of the command line
 * @returns {{ word: 'start' | 'stop' | 'status' | 'build', nodes?: number, simulatedNodes?: number }}
 */
export function parseWords(words) {
  const [word, ...options] = words;
  if (word !== 'start' && word !== 'stop' && word !== 'status' && word !== 'build')
    throw new Problem(
      word ? `"${word}" is nothing that a local cluster does.` : 'Say what the local cluster shall do.',
      usage,
    );
  const counted = {};
  for (let at = 0; at < options.length; at += 2) {
    const [option, value] = options.slice(at);
    const count = word === 'start' && Object.hasOwn(counts, option) ? counts[option] : null;
    if (count === null) throw new Problem(`${word} does not know "${option}".`, usage);
    const number = /^\d+$/.test(value ?? '') ? Number(value) : Number.NaN;
    if (!(number >= count.least && number <= count.most))
      throw new Problem(`${option} wants a number from ${count.least} to ${count.most}.`, usage);
    counted[count.name] = number;
  }
  return { word, ...counted };
}
