#!/bin/sh
# Keeps one process alive: when it ends by itself it is started again, at once the first time, then after ever longer waits
# (up to 30 s) while it keeps ending soon. A shell, because one more Node would cost 40 MB for each process.
#
# usage: supervise.sh STOP_SIGNAL LOG COMMAND [ARGUMENT...]
#   TERM, INT or HUP sent to this shell sends STOP_SIGNAL (TERM or INT) to the process and waits until it has ended.
#   Output is already connected to LOG, appending; LOG is cut when it grows, its older half kept as LOG.1.
stop_signal=$1
log=$2
shift 2

limit_bytes=16777216
child=
stopping=
pause=

forward() {
  stopping=1
  [ -n "$child" ] && kill -s "$stop_signal" "$child" 2>/dev/null
  [ -n "$pause" ] && kill "$pause" 2>/dev/null
}
trap forward TERM INT HUP

# Copies and empties instead of renaming, because the process goes on writing to the file it has open.
trim_log() {
  size=$(wc -c <"$log" 2>/dev/null) || return 0
  [ "$size" -gt "$limit_bytes" ] || return 0
  cp "$log" "$log.1" && : >"$log"
}

watch_log() {
  trap 'kill "$nap" 2>/dev/null; exit 0' TERM
  while :; do
    sleep 300 &
    nap=$!
    wait "$nap"
    trim_log
  done
}

trim_log
watch_log &
watcher=$!

wait_seconds=0
while [ -z "$stopping" ]; do
  started=$(date +%s)
  "$@" &
  child=$!
  [ -n "$stopping" ] && forward
  wait "$child"
  code=$?
  # A signal to this shell cuts `wait` short; the process is gone only when `wait` no longer knows it.
  while kill -0 "$child" 2>/dev/null; do
    wait "$child"
    code=$?
  done
  child=
  [ -n "$stopping" ] && break
  lasted=$(($(date +%s) - started))
  if [ "$lasted" -ge 60 ]; then wait_seconds=0; fi
  echo "supervise: ended with code $code after $lasted s; starting again in $wait_seconds s: $1" >&2
  if [ "$wait_seconds" -gt 0 ]; then
    sleep "$wait_seconds" &
    pause=$!
    wait "$pause"
    pause=
  fi
  wait_seconds=$((wait_seconds * 2 + 1))
  [ "$wait_seconds" -gt 30 ] && wait_seconds=30
done

kill "$watcher" 2>/dev/null
exit 0
