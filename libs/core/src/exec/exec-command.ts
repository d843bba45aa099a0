/**
 * What is asked of an engine to run `command` in a replica; an empty one is the image's shell. The first line it says is the number of its process,
 * which is also that of its session: no engine ends a command by itself, and `makeEndCommand` ends it by that number. It takes `/bin/sh`.
 */
export function makeExecCommand(command: readonly string[], hasTerminal: boolean): readonly string[] {
  // Not every engine says what the terminal is; without it, editors and pagers refuse.
  const term = hasTerminal ? 'TERM=${TERM:-xterm-256color}; export TERM; ' : '';
  const begin = command.length === 0 ? shell : 'exec "$@"';
  return ['/bin/sh', '-c', `${term}echo $$; ${begin}`, 'sh', ...command];
}

const shell = 'if command -v bash >/dev/null 2>&1; then exec bash; fi; exec sh';

/** Hangs up on a session, and kills what is left of it after two seconds. Run in the same container, by its user. */
export function makeEndCommand(session: number): readonly string[] {
  return ['/bin/sh', '-c', endScript, 'sh', String(session)];
}

/** Fields of `/proc/N/stat` after the name, which may hold anything: state, parent, group, session (proc_pid_stat(5)). */
const endScript = `s=$1
signal() {
  n=0
  for f in /proc/[0-9]*/stat; do
    { read -r line < "$f"; } 2>/dev/null || continue
    set -- "$1" \${line##*) }
    [ "$5" = "$s" ] && [ "$2" != Z ] || continue
    p=\${f#/proc/}
    kill -"$1" "\${p%/stat}" 2>/dev/null && n=1
  done
}
signal HUP
for i in 1 2 3 4 5 6 7 8 9 10; do
  signal 0
  [ "$n" = 0 ] && exit 0
  sleep 0.2 2>/dev/null
done
signal KILL`;

/** `opening` is the first line that a command of `makeExecCommand` said. Null: it is none of that, so there was no shell. */
export function parseExecSession(opening: string): number | null {
  const digits = /^(\d{1,10})\r?$/.exec(opening)?.[1];
  return digits === undefined ? null : Number(digits);
}
