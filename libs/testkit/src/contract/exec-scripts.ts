/** What the contract has run in replicas: busybox does it, and the fake plays it. */
export const execScripts = {
  outputs: ['sh', '-c', 'echo out; echo err >&2; exit 7'],
  echo: ['cat'],
  missing: ['no-such-command'],
  /** Says the size of its terminal for each line that it reads. */
  size: ['sh', '-c', 'stty -echo; while read -r line; do stty size; done'],
  /** Only force ends it, and what it began goes on reading nothing. */
  stubborn: ['sh', '-c', "trap '' HUP; sleep 98765 & echo begun; while true; do wait; done"],
  flood: ['sh', '-c', 'head -c 268435456 /dev/zero && touch /tmp/done'],
  isDone: ['test', '-e', '/tmp/done'],
  /** Command lines of all processes in the container. */
  processes: ['sh', '-c', `for p in /proc/[0-9]*/cmdline; do tr '\\0' ' ' < $p; echo; done 2>/dev/null`],
  first: ['sh', '-c', `tr '\\0' ' ' < /proc/1/cmdline`],
} as const satisfies Record<string, readonly string[]>;

/** More than the sockets on the way to any engine hold: Linux gives each up to some tens of megabytes. */
export const floodBytes = 268_435_456;
