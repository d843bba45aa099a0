import type { Context } from '../context.ts';
import { runCommand } from './run-command.ts';

/** True when a browser was asked to show it; false where this machine has none, or nothing that knows of one. */
export async function openInBrowser(context: Context, url: string): Promise<boolean> {
  const program = opener(context.environment);
  if (program === null) return false;
  const [command = '', ...args] = [...program, url];
  const { directory, environment } = context;
  // A browser may stay in the foreground; by then it was opened.
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(3_000)]);
  try {
    return (await runCommand(command, args, { directory, environment, signal })).code === 0;
  } catch {
    context.signal.throwIfAborted();
    return signal.aborted;
  }
}

function opener(environment: Context['environment']): readonly string[] | null {
  if (environment.BROWSER) return [environment.BROWSER];
  if (process.platform === 'darwin') return ['open'];
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  return environment.DISPLAY || environment.WAYLAND_DISPLAY ? ['xdg-open'] : null;
}
