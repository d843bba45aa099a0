import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Interrupted } from './exit-code.ts';
import { runCli } from './program.ts';
import { createTerminal } from './terminal/terminal.ts';

const interrupted = new AbortController();
process.once('SIGINT', () => {
  interrupted.abort(new Interrupted('Stopped watching. What was begun goes on: sconce status'));
  // A second Ctrl-C ends it whatever it is doing.
  process.once('SIGINT', () => process.exit(130));
});
// `sconce logs | head` is a fine way to stop.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

// This file stands one folder below the package, built or bundled, and the package two below the checkout where there is one.
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const above = fileURLToPath(new URL('../../../', import.meta.url));

const exitCode = await runCli(process.argv.slice(2), {
  version,
  environment: process.env,
  directory: process.cwd(),
  home: homedir(),
  checkout: existsSync(`${above}tools/bootstrap/up.mjs`) ? above : null,
  terminal: createTerminal(process.stdout, process.stderr, process.env),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interrupted.signal,
});
// An idle keep-alive connection would hold the process for seconds; what was written goes out first.
process.stdout.write('', () => process.exit(exitCode));
