import { Problem } from './problem.mjs';

const onTerminal = process.stdout.isTTY === true && process.env.NO_COLOR === undefined && process.env.TERM !== 'dumb';
const paint = (code) => (text) => (onTerminal ? `\x1b[${code}m${text}\x1b[0m` : text);
export const bold = paint('1');
export const dim = paint('2');
export const red = paint('31');
export const green = paint('32');

/** A step that takes longer than this says that it began, so that a log or a person never looks at nothing. */
const announceAfterMs = 700;
const nameWidth = 18;

// A reader that has seen enough (`npm run up | head`) does not end the work.
process.stdout.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
  if (error.code !== 'EPIPE') throw error;
});

export const seconds = (ms) => (ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`);

export function say(line = '') {
  process.stdout.write(`${line}\n`);
}

/**
 * Runs one step and prints one line for it: what, how it went, how long it took.
 *
 * `work` gets a `Progress` and answers the words for how it went (nothing: "ok").
 * @param {string} name
 * @param {(progress: Progress) => Promise<string | void>} work
 */
export async function step(name, work) {
  const progress = new Progress(name);
  try {
    const detail = await work(progress);
    progress.end(onTerminal ? green('✓') : 'ok', detail ?? '');
  } catch (error) {
    progress.end(onTerminal ? red('✗') : 'failed', '');
    throw error;
  }
}

export class Progress {
  constructor(name) {
    this.name = name;
    this.startedAt = Date.now();
    this.note = '';
    this.announced = false;
    this.timer = setTimeout(() => this.announce(), announceAfterMs);
    this.timer.unref();
  }

  /** What is being done and why. Printed at once: a person should know before it happens. */
  doing(note) {
    this.note = note;
    this.announced = false;
    this.announce();
  }

  announce() {
    if (this.announced) return;
    this.announced = true;
    const line = `  ${dim('…')} ${this.name.padEnd(nameWidth)} ${dim(this.note || 'working')}`;
    if (onTerminal) process.stdout.write(`\r\x1b[K${line}`);
    else if (this.note) say(`  .. ${this.name.padEnd(nameWidth)} ${this.note}`);
  }

  end(mark, detail) {
    clearTimeout(this.timer);
    const took = seconds(Date.now() - this.startedAt);
    // A note that said what was installed and why is worth keeping; on a terminal the line is rewritten, so it is said again.
    const words = [onTerminal ? this.note : '', detail].filter(Boolean).join(' · ');
    const head = onTerminal ? `\r\x1b[K  ${mark} ` : `  ${mark.padEnd(2)} `;
    process.stdout.write(`${head}${this.name.padEnd(nameWidth)} ${words ? `${words}  ` : ''}${dim(took)}\n`);
  }
}

/** Runs a command's main function: a Problem is told in words, anything else is a fault of ours and shows its stack. */
export async function runMain(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    tell(error);
    process.exitCode = 1;
  }
}

export function tell(error) {
  say();
  if (!(error instanceof Problem)) {
    say(red('This is a fault in Sconce itself, not in your machine. Please report it with these lines:'));
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return;
  }
  say(red(error.message));
  for (const line of error.detail) say(dim(`    ${line}`));
  for (const line of error.next) say(`  ${line}`);
}
