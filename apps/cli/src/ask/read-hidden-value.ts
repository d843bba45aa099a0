import type { Context } from '../context.ts';
import { CliFailure, exitCodes } from '../exit-code.ts';

const largestBytes = 64 * 1024;

/**
 * A value that must not be an argument, since other users of the machine see those. Piped in, it is taken as it is but for one newline
 * at its end (`keepNewline` leaves that too); on a terminal it is asked for and not shown.
 */
export async function readHiddenValue(context: Context, question: string, keepNewline = false): Promise<string> {
  const text = context.stdin.isTTY ? await ask(context, question) : await readStandardInput(context.stdin);
  const value = keepNewline ? text : text.replace(/\r?\n$/, '');
  if (value === '')
    throw new CliFailure('Standard input was empty', {
      exitCode: exitCodes.usage,
      code: 'no_input',
      hint: 'Pipe the value in: printf %s "$VALUE" | sconce ...',
    });
  return value;
}

/** All of it as text, up to a limit that no value reaches. Throws `CliFailure` for more, and for what is not UTF-8. */
export async function readStandardInput(stdin: NodeJS.ReadStream, mostBytes = largestBytes): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    const data = Buffer.from(chunk as Uint8Array);
    bytes += data.length;
    if (bytes > mostBytes)
      throw new CliFailure(`Standard input is above ${mostBytes / 1024} KiB`, {
        exitCode: exitCodes.usage,
        code: 'too_large',
      });
    chunks.push(data);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new CliFailure('Standard input is not UTF-8 text', { exitCode: exitCodes.usage, code: 'not_text', cause });
  }
}

/** Raw mode: nothing is echoed, and what is typed comes key by key. */
function ask(context: Context, question: string): Promise<string> {
  const { stdin, terminal } = context;
  return new Promise((resolve, reject) => {
    let typed = '';
    const end = (finish: () => void) => {
      stdin.setRawMode(false);
      stdin.pause();
      stdin.off('data', take);
      terminal.draw('\n');
      finish();
    };
    const take = (data: Buffer) => {
      for (const character of data.toString('utf8')) {
        if (character === '\r' || character === '\n' || character === '\x04') return end(() => resolve(typed));
        if (character === '\x03')
          return end(() =>
            reject(new CliFailure('Nothing was changed', { exitCode: exitCodes.interrupted, code: 'interrupted' })),
          );
        typed = character === '\x7f' ? [...typed].slice(0, -1).join('') : typed + character;
      }
    };
    terminal.draw(`${question} (not shown): `);
    stdin.setRawMode(true);
    stdin.resume();
    stdin.on('data', take);
  });
}
