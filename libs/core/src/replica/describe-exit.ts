/** How a process of a replica ended, in a sentence or two; `restarts` is how often it was started again since. */
export function describeExit(exitCode: number, restarts: number): string {
  return `It ended with exit code ${exitCode}${signalWords[exitCode] ?? ''}.${describeRestarts(restarts)}`;
}

/** With a blank before it, to stand after another sentence; empty for none. */
export function describeRestarts(restarts: number): string {
  if (restarts === 0) return '';
  return ` It was started again ${restarts === 1 ? 'once' : `${restarts} times`}.`;
}

/** Shells' own codes, and 128 and the number of a signal. */
const signalWords: Readonly<Record<number, string>> = {
  126: ' (the command cannot be executed)',
  127: ' (command not found)',
  134: ' (aborted, SIGABRT)',
  137: ' (killed, SIGKILL)',
  139: ' (memory access error, SIGSEGV)',
  143: ' (asked to end, SIGTERM)',
};
