# shellcheck shell=bash disable=SC2154  # a part of tests/engine
# The engine at the caller's DOCKER_HOST, and what the tests can use around it.

start_this() {
  scripts/setup perl=perl-base curl
  case $this_endpoint in
    unix://*) listener_of "${this_endpoint#unix://}" >"$dir/pid" ;;
    tcp://*) ;;
    *) die "cannot use $this_endpoint: forward its socket, for example with 'ssh -NL /tmp/docker.sock:/var/run/docker.sock HOST', and set DOCKER_HOST to unix:///tmp/docker.sock" ;;
  esac
  scripts/busybox-image "$this_endpoint" sandcell-test:latest
  lacks >"$dir/lacks"
  echo "$this_endpoint" >"$dir/endpoint"
}

listener_of() { # listener_of SOCKET: prints the PID of the process that listens, or 0 if it is not visible from here
  # shellcheck disable=SC2016  # perl's
  perl -MSocket -e '
    socket(S, PF_UNIX, SOCK_STREAM, 0) and connect(S, sockaddr_un($ARGV[0])) or die "$ARGV[0]: $!\n";
    print unpack("i", getsockopt(S, SOL_SOCKET, 17)), "\n"' "$1" # SO_PEERCRED
}

# Prints a line for each thing that tests need and this engine does not have: its name, and why.
lacks() {
  local problem=
  [ -e "$dir/pid" ] || problem="the engine is not reached through a Unix socket"
  [ -n "$problem" ] || shares_files || problem="a container does not see the files of this machine"
  if [ -n "$problem" ]; then
    printf '%s %s\n' machine "$problem" own-run "$problem" registry "$problem"
    return
  fi
  [ ! "/proc/$(cat "$dir/pid")/root/run" -ef /run ] || echo "own-run the engine sees the /run of this machine"
}

shares_files() { # whether a container sees a file of this machine
  local id ended=
  local -x DOCKER_HOST=$this_endpoint
  head -c 16 /dev/urandom | od -A n -t x1 | tr -d ' \n' >"$dir/probe"
  id=$(scripts/api /containers/create --header 'Content-Type: application/json' --data "{
    \"Image\": \"sandcell-test:latest\", \"Entrypoint\": [\"grep\", \"-q\", \"$(cat "$dir/probe")\", \"/probe\"],
    \"HostConfig\": {\"NetworkMode\": \"none\", \"Binds\": [\"$dir/probe:/probe:ro\"]}}" 2>/dev/null |
    grep -o '"Id":"[^"]*"' | cut -d'"' -f4) || return 1
  scripts/api "/containers/$id/start" --request POST >/dev/null 2>&1 &&
    ended=$(scripts/api "/containers/$id/wait" --request POST --max-time 30)
  scripts/api "/containers/$id?force=1&v=1" --request DELETE >/dev/null
  [[ $ended == *'"StatusCode":0'* ]]
}
