import { Problem } from '../bootstrap/terminal/problem.mjs';

const usage = ['node tools/local-cluster/local-cluster.mjs start [--simulated-nodes N] | stop | status | build'];
const mostSimulatedNodes = 5_000;

/** @param {string[]} words of the command line @returns {{ word: 'start' | 'stop' | 'status' | 'build', simulatedNodes?: number }} */
export function parseWords(words) {
  const [word, option, value, ...rest] = words;
  if (word !== 'start' && word !== 'stop' && word !== 'status' && word !== 'build')
    throw new Problem(
      word ? `"${word}" is nothing that a local cluster does.` : 'Say what the local cluster shall do.',
      usage,
    );
  if (option === undefined) return { word };
  if (word !== 'start' || option !== '--simulated-nodes' || rest.length > 0)
    throw new Problem(`${word} does not know "${rest[0] ?? option}".`, usage);
  const simulatedNodes = /^\d+$/.test(value ?? '') ? Number(value) : Number.NaN;
  if (!(simulatedNodes <= mostSimulatedNodes))
    throw new Problem(`--simulated-nodes wants a number from 0 to ${mostSimulatedNodes}.`, usage);
  return { word, simulatedNodes };
}
