# shellcheck shell=bash disable=SC2034,SC2154  # a part of tests/engine
# Docker: the distribution's own, and those of other Debian releases.

start_docker() {
  scripts/setup dockerd=docker.io perl=perl-base
  # dockerd delays its start if it is told to serve TCP without TLS. It does not if it inherits the listening socket.
  # shellcheck disable=SC2016  # perl's
  launch_dockerd perl -MSocket -MPOSIX -e '
    $^F = 3;
    socket(S, PF_INET, SOCK_STREAM, 0) && setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1) or die $!;
    bind(S, sockaddr_in(2375, INADDR_LOOPBACK)) && listen(S, 128) or die $!;
    fileno(S) == 3 or POSIX::dup2(fileno(S), 3) or die $!;
    @ENV{"LISTEN_PID", "LISTEN_FDS"} = ($$, 1);
    exec @ARGV' dockerd --host fd://
}

start_docker-crun() {
  scripts/setup dockerd=docker.io crun
  write_runtime crun crun
  private_cgroups=yes # crun refuses to run where both cgroup versions are mounted
  launch_dockerd dockerd
}

# gVisor, without a network: its network stack needs kernel features that many machines do not have.
start_docker-gvisor() {
  scripts/setup dockerd=docker.io runsc
  write_runtime runsc runsc --network=none
  launch_dockerd dockerd
}

start_docker-26() {
  unpack_suite trixie
  launch_dockerd dockerd
}

start_docker-28() {
  unpack_suite forky
  expect_version dockerd 28
  launch_dockerd dockerd
}

# With containerd's image store, which newly installed Dockers since 29 use.
start_docker-28-containerd() {
  echo '{"features": {"containerd-snapshotter": true}}' >"$dir/daemon.json"
  start_docker-28
}

start_docker-28-min-1.44() {
  environment=(DOCKER_MIN_API_VERSION=1.44)
  start_docker-28
}

start_docker-tls() {
  scripts/setup dockerd=docker.io openssl
  (umask 077 && mkdir "$dir/pki" && cd "$dir/pki" && make_pki)
  echo tcp://127.0.0.1:2376 >"$dir/endpoint"
  launch_dockerd dockerd --host tcp://127.0.0.1:2376 \
    --tlsverify --tlscacert "$dir/pki/ca.pem" --tlscert "$dir/pki/server.pem" --tlskey "$dir/pki/server-key.pem"
}

# launch_dockerd COMMAND...: launches dockerd; COMMAND includes the options for further addresses to listen on
launch_dockerd() {
  local parent
  if [ -n "$private_cgroups" ]; then parent=/docker; else parent=/$(cgroup_name); fi
  [ -e "$dir/endpoint" ] || echo "unix://$dir/docker.sock" >"$dir/endpoint"
  # Without this file, dockerd would read the machine's own configuration.
  [ -e "$dir/daemon.json" ] || echo '{}' >"$dir/daemon.json"
  launch_apart "$@" --config-file "$dir/daemon.json" --host "unix://$dir/docker.sock" --pidfile "$dir/docker.pid" \
    --data-root "$dir/data" --exec-root "$dir/exec" \
    --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "$parent" \
    --max-download-attempts 1
}

# write_runtime NAME PROGRAM ARGUMENT...: writes a daemon.json that makes it the runtime of every container
write_runtime() {
  local arguments
  printf -v arguments ', "%s"' "${@:3}"
  [ $# -gt 2 ] || arguments=
  cat >"$dir/daemon.json" <<END
{"default-runtime": "$1", "runtimes": {"$1": {"path": "$2", "runtimeArgs": [${arguments#, }]}}}
END
}
