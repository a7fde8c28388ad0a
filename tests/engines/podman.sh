# shellcheck shell=bash disable=SC2034,SC2154  # a part of tests/engine
# Podman: the distribution's own, and those of other Debian releases.

start_podman() {
  setup_podman runc
  launch_podman runc
}

start_podman-crun() {
  setup_podman crun
  launch_podman crun
}

setup_podman() { # setup_podman RUNTIME
  scripts/setup "$1" podman conmon catatonit /usr/lib/podman/netavark=netavark iptables
}

start_podman-5() {
  unpack_suite trixie
  expect_version podman 5
  launch_podman runc
}

start_podman-newest() {
  unpack_suite forky
  launch_podman crun
}

launch_podman() { # launch_podman RUNTIME
  echo "unix://$dir/podman.sock" >"$dir/endpoint"
  podman_config "$1"
  environment=(
    HOME="$dir" # without anyone's configuration and credentials
    CONTAINERS_CONF="$dir/containers.conf" CONTAINERS_REGISTRIES_CONF="$dir/registries.conf"
    PODMAN_IGNORE_CGROUPSV1_WARNING=1
  )
  private_cgroups=yes # Podman's cgroup parent cannot be configured
  launch_apart podman --root "$dir/data" --runroot "$dir/exec" --tmpdir "$dir/tmp" --storage-driver overlay \
    system service --time 0 "unix://$dir/podman.sock"
}

podman_config() { # podman_config RUNTIME
  local files processes most port
  # By default, Podman raises the limits of each process, which root cannot always do.
  files=$(ulimit -H -n) processes=$(ulimit -H -u) most=$(cat /proc/sys/kernel/pid_max)
  [ "$files" != unlimited ] || files=1048576
  [ "$processes" != unlimited ] && ((processes < most)) || processes=$most
  cat >"$dir/containers.conf" <<END
[containers]
default_ulimits = ["nofile=$files:$files", "nproc=$processes:$processes"]
[network]
network_backend = "netavark"
firewall_driver = "iptables"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "$1"
image_copy_tmp_dir = "$dir/tmp"
conmon_env_vars = ["PATH=$PATH", "SANDCELL_ENGINE=$dir"]
END
  mkdir "$dir/tmp"
  for port in 5000 5001; do
    printf '[[registry]]\nlocation = "127.0.0.1:%s"\ninsecure = true\n' "$port"
  done >"$dir/registries.conf"
}
