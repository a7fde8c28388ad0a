# shellcheck shell=bash disable=SC2034,SC2154  # a part of tests/engine
# Rootless engines: run by a user who has no cgroup of its own, so that nothing can be limited. The user exists in the engine's
# /etc only.

rootless_id=61184 # between those that Debian gives to users and to services

start_podman-rootless() {
  scripts/setup runc podman conmon catatonit /usr/lib/podman/netavark=netavark iptables newuidmap=uidmap slirp4netns
  echo "unix://$dir/podman.sock" >"$dir/endpoint"
  podman_config runc
  own_by_rootless data exec tmp home
  environment=(
    HOME="$dir/home" XDG_RUNTIME_DIR="/run/user/$rootless_id"
    CONTAINERS_CONF="$dir/containers.conf" CONTAINERS_REGISTRIES_CONF="$dir/registries.conf"
  )
  launch_rootless podman --root "$dir/data" --runroot "$dir/exec" --tmpdir "$dir/tmp" --storage-driver overlay \
    system service --time 0 "unix://$dir/podman.sock"
}

# own_by_rootless NAME...: makes directories for the engine, and lets its user create its socket beside them
own_by_rootless() {
  local name
  for name; do install --directory --owner "$rootless_id" --group "$rootless_id" "$dir/$name"; done
  chgrp "$rootless_id" "$dir"
  chmod 1775 "$dir" # it cannot replace root's files
  chmod o+x "$base"
}

launch_rootless() {
  private_cgroups=yes # `down` finds the processes of containers there
  launch_apart bash -euc "$(declare -f rootless); rootless \"\$@\"" bash "$rootless_id" "$@"
}
rootless() { # rootless ID COMMAND...: runs in the new namespaces
  local name
  # Version 2, where an engine refuses limits without a controller. Root owns the only cgroup.
  mount -n -t cgroup2 cgroup2 /sys/fs/cgroup
  echo "rootless:x:$1:$1::/nonexistent:/bin/sh" >>/etc/passwd
  echo "rootless:x:$1:" >>/etc/group
  for name in subuid subgid; do echo "rootless:$((1 << 30)):65536" >"/etc/$name"; done
  install --directory --owner "$1" --group "$1" --mode 700 "/run/user/$1"
  # The network of a container needs it; on some machines, only root may use it.
  mknod --mode 666 /run/tun c 10 200
  mkdir -p /dev/net
  [ -e /dev/net/tun ] || : >/dev/net/tun
  mount -n --bind /run/tun /dev/net/tun
  exec setpriv --reuid "$1" --regid "$1" --clear-groups --inh-caps=-all "${@:2}"
}
