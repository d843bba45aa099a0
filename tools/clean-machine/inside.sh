#!/usr/bin/env bash
# Second half of run.sh, as process 1 of the clean machine's namespaces: mounts, changes the root, runs the command.
# usage: inside.sh ROOT USER FOLDER COMMAND [ARGUMENT...]
set -euo pipefail
root=$1 user=$2 folder=$3
shift 3

mount --make-rprivate /
mount --bind "$root" "$root"
cd "$root"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount --rbind /sys/fs/cgroup sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
  touch "dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
# Containers get loop-free file systems, but overlay and bridges want these where they exist.
for device in fuse net/tun; do
  [ -e "/dev/$device" ] || continue
  mkdir -p "dev/$(dirname "$device")"
  touch "dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
mkdir -p dev/pts dev/shm dev/mqueue
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t tmpfs -o mode=755 tmpfs run
mkdir -p run/lock
hostname clean
# A real change of root, not chroot: containers started in there change theirs too.
mkdir -p .outside
pivot_root . .outside
cd /
umount -l /.outside
rmdir /.outside

home=$(getent passwd "$user" | cut -d: -f6)
identity=(setpriv --reuid="$user" --regid="$user" --init-groups)
[ "$user" = root ] && identity=()
cd "$folder"
set +e
# Not exec: this shell stays process 1 and collects what is left behind.
"${identity[@]}" env -i HOME="$home" USER="$user" LANG=C.UTF-8 TERM="${TERM:-dumb}" NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
exit $?
