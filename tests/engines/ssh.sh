# shellcheck shell=bash disable=SC2154  # a part of tests/engine
# An sshd for access to Docker over ssh.

start_docker-ssh() {
  scripts/setup sshd=openssh-server ssh=openssh-client docker=docker.io
  (umask 077 && cd "$dir" && ssh_files)
  echo ssh://root@127.0.0.1:2222 >"$dir/endpoint"
  # sshd overwrites its environment and so loses the mark. Its parent, unshare, keeps it and takes sshd along when killed.
  # shellcheck disable=SC2016  # expanded by the inner shell
  launch nsenter --net="$(network docker)" unshare --mount --propagation private --pid --fork --kill-child sh -ec '
    mount -n -t proc proc /proc
    mount -n -t tmpfs tmpfs /run
    mkdir -m 755 /run/sshd
    exec "$(command -v sshd)" -D -e -f "$0/sshd_config"' "$dir"
}
ssh_files() { # creates the files in the current directory
  # An empty home, because the user's shell start-up files can be slow: pyenv's wait a minute for the lock of a killed one.
  mkdir home
  ssh-keygen -q -t ed25519 -N '' -f host_key
  ssh-keygen -q -t ed25519 -N '' -f id
  cat >sshd_config <<END
ListenAddress 127.0.0.1:2222
HostKey $dir/host_key
PidFile none
AuthorizedKeysFile $dir/id.pub
AuthenticationMethods publickey
PermitRootLogin prohibit-password
MaxStartups 100
UsePAM no
StrictModes no
SetEnv DOCKER_HOST=$(cat "$base/docker/endpoint") HOME=$dir/home
END
  cat >ssh_config <<END
Host *
  IdentityFile $dir/id
  IdentitiesOnly yes
  UserKnownHostsFile $dir/known_hosts
END
  echo "[127.0.0.1]:2222 $(cut -d' ' -f1,2 host_key.pub)" >known_hosts
  mkdir bin
  printf '#!/bin/sh\nexec %s -F "%s" "$@"\n' "$(command -v ssh)" "$dir/ssh_config" >bin/ssh
  chmod +x bin/ssh
}
