import type { Context } from '../context.ts';
import { CliFailure, exitCodes } from '../exit-code.ts';

/** True when somebody is there to answer: input and remarks are both on a terminal. */
export function canAsk(context: Context): boolean {
  return context.stdin.isTTY === true && context.terminal.asks;
}

/** One line from the terminal, which echoes and edits it itself; what is given instead of an answer is `fallback`. */
export function askLine(context: Context, question: string, fallback = ''): Promise<string> {
  const { stdin, terminal, signal } = context;
  return new Promise((resolve, reject) => {
    let typed = '';
    const end = (finish: () => void) => {
      stdin.pause();
      stdin.off('data', take);
      stdin.off('end', stop);
      signal.removeEventListener('abort', stop);
      finish();
    };
    const stop = () =>
      end(() =>
        reject(new CliFailure('Nothing was changed', { exitCode: exitCodes.interrupted, code: 'interrupted' })),
      );
    const take = (data: Buffer) => {
      typed += data.toString('utf8');
      const at = typed.search(/[\r\n]/);
      if (at < 0) return;
      end(() => resolve(typed.slice(0, at).trim() || fallback));
      // What was typed ahead answers the next question.
      const rest = typed.slice(at + 1);
      if (rest !== '') stdin.unshift(Buffer.from(rest));
    };
    terminal.draw(`${question}${fallback === '' ? '' : ` [${fallback}]`}: `);
    signal.addEventListener('abort', stop, { once: true });
    stdin.on('data', take);
    stdin.on('end', stop);
    stdin.resume();
  });
}

/** A yes or a no; anything else is asked again. */
export async function askYesNo(context: Context, question: string, fallback: 'y' | 'n'): Promise<boolean> {
  for (;;) {
    const answer = (await askLine(context, `${question} (y/n)`, fallback)).toLowerCase();
    if (/^(y|yes)$/.test(answer)) return true;
    if (/^(n|no)$/.test(answer)) return false;
  }
}
