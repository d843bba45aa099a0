/** How a build's container ends, besides with 0 and with the exit code of `buildctl`. */
export const exitCode = {
  /** What it was sent did not fit, or stopped in the middle. */
  noInput: 70,
  /** The connection that it was sent by was lost: whoever wanted the build is gone. */
  abandoned: 71,
  /** BuildKit did not start. */
  noBuildKit: 72,
} as const;

/** Where things are in the container: `input` is memory, `work` is disk. */
export const place = { input: '/input', work: '/build' } as const;

/** A build's pod that nobody speaks to ends itself after so many seconds. */
const lonelySeconds = 180;

/**
 * What the container of each build runs; nothing of a build stands in it. All that comes over its standard input: two archives, each in frames of a number of bytes,
 * a newline and those bytes, with `0` after the last. The first holds the command, secrets and credentials, the second the build context. After that the
 * input is only held open: when it ends, so does the container, and with it every process of the build. (It is process 1, and says so by number: Kubernetes takes
 * two dollar signs for one.)
 */
export const buildScript = `set -u
take() {
  while IFS= read -r size; do
    [ "$size" = 0 ] && return 0
    dd bs="$size" count=1 iflag=fullblock 2>/dev/null || return 1
  done
  return 1
}
umask 022
mkdir -p ${place.work}/context ${place.work}/run || exit ${exitCode.noInput}
trap 'exit ${exitCode.abandoned}' TERM
exec 3<&0
{ sleep ${lonelySeconds}; [ -e ${place.input}/build.sh ] || kill -TERM 1; } &
take | tar -xpf - -C ${place.input} || exit ${exitCode.noInput}
take | tar -xpf - -C ${place.work}/context || exit ${exitCode.noInput}
{ cat <&3 >/dev/null; kill -TERM 1; } &
sh ${place.input}/build.sh </dev/null 3<&- &
wait $!
`;
