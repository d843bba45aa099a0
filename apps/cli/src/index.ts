export type { Context } from './context.ts';
export { type ExitCode, exitCodes } from './exit-code.ts';
export { runCli } from './program.ts';
export * as units from './settings/parse-units.ts';
export { listCommandPaths } from './table/command-table.ts';
export { createTerminal, type Terminal } from './terminal/terminal.ts';
