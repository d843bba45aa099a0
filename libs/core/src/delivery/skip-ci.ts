/**
 * True when a commit asks not to be built: `[skip ci]` or `[ci skip]` anywhere, or the trailer `skip-checks: true`.
 * Ask it of the head commit only: an older commit of the same push does not speak for what is on top of it.
 */
export function asksToSkip(message: string): boolean {
  if (/\[(?:skip ci|ci skip)\]/i.test(message)) return true;
  const trailers =
    message
      .trimEnd()
      .split(/\n[ \t]*\r?\n/)
      .at(-1) ?? '';
  return trailers.split('\n').some((line) => /^skip-checks:[ \t]*true[ \t]*\r?$/i.test(line));
}
