# shellcheck shell=bash disable=SC2154  # a part of tests/engine
# Registries, in the network namespace of the engine under test.

start_registry() {
  launch_registry 5000
}

start_registry-password() {
  scripts/setup perl=perl-base
  echo sandcell >"$dir/user"
  (umask 077 && head -c 16 /dev/urandom | od -A n -t x1 | tr -d ' \n' >"$dir/password")
  # A fixed salt is good enough, because the password is random.
  # shellcheck disable=SC2016  # perl's
  perl -e 'print "$ARGV[0]:", crypt($ARGV[1], q($2y$04$abcdefghijklmnopqrstuu)), "\n"' \
    "$(cat "$dir/user")" "$(cat "$dir/password")" >"$dir/htpasswd"
  launch_registry 5001 "auth: {htpasswd: {realm: sandcell, path: \"$dir/htpasswd\"}}"
}

launch_registry() { # launch_registry PORT [CONFIGURATION-LINE]
  scripts/setup docker-registry curl
  cat >"$dir/config.yml" <<END
version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: "$dir/data"}, delete: {enabled: true}}
http: {addr: "127.0.0.1:$1"}
${2:-}
END
  echo "127.0.0.1:$1" >"$dir/endpoint"
  # shellcheck disable=SC2016  # expanded by the inner shell
  launch nsenter --net="$(network "$(host_of "${dir##*/}")")" sh -c '
    echo $$ >"$0/pid"
    exec docker-registry serve "$0/config.yml"' "$dir"
}

registry_answers() { # registry_answers HOST:PORT
  local login=()
  [ ! -e "$dir/user" ] || login=(--user "$(cat "$dir/user"):$(cat "$dir/password")")
  nsenter --net="$(network "$(host_of "${dir##*/}")")" \
    curl --silent --fail --noproxy '*' --max-time 5 "${login[@]}" "http://$1/v2/"
}
