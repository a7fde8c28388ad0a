# shellcheck shell=bash disable=SC2154  # a part of tests/engine
# The programs of another Debian release (a "suite"), unpacked but not installed. They are downloaded once, into $cache.

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# unpack_suite SUITE: sets $suite to the directory with its programs
unpack_suite() {
  scripts/setup "$keyring=debian-archive-keyring"
  mkdir -p "$cache"
  (
    flock 8 # if two run at once, the second finds what the first downloaded
    if [ ! -e "$cache/$1" ]; then fetch_suite "$1"; fi
  ) 8>"$cache/$1.lock"
  suite=$cache/$1
}

fetch_suite() { # fetch_suite SUITE
  local work=$cache/$1.part name
  echo "tests/engine: downloading the engines of Debian $1" >&2
  rm -rf "$work" # removes what an interrupted run left
  mkdir -p "$work"/apt/{lists,cache/archives}/partial "$work"/root/usr/{bin,sbin,lib,lib64}
  : >"$work/apt/status"
  echo "deb [signed-by=$keyring] $(mirror) $1 main" >"$work/apt/sources.list"
  quiet apt_of "$work/apt" update
  quiet apt_of "$work/apt" --download-only install ca-certificates procps iptables nftables \
    docker.io runc podman crun conmon catatonit netavark aardvark-dns
  for name in bin sbin lib lib64; do ln -s "usr/$name" "$work/root/$name"; done
  find "$work/apt/cache/archives" -name '*.deb' -exec dpkg-deb --extract {} "$work/root" ';'
  # The part of the packages' maintainer scripts that the engines need.
  for name in iptables ip6tables; do ln -s xtables-nft-multi "$work/root/usr/sbin/$name"; done
  mv "$work/root" "$cache/$1"
  rm -rf "$work"
}

apt_of() { # apt_of DIRECTORY ARGUMENT...: runs apt-get without the machine's package sources and status
  DEBIAN_FRONTEND=noninteractive apt-get --yes --no-install-recommends \
    -o Dir::Etc::SourceList="$1/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
    -o Dir::State::Lists="$1/lists" -o Dir::State::Status="$1/status" -o Dir::Cache="$1/cache" \
    -o Acquire::Languages=none -o APT::Sandbox::User=root "${@:2}"
}

mirror() { # prints the machine's own Debian mirror, or the default if it has none
  # shellcheck disable=SC2016  # apt's
  apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep --max-count=1 '/debian/*$' ||
    echo http://deb.debian.org/debian
}

# expect_version PROGRAM MAJOR: checks the version, because a suite changes until it is released
expect_version() {
  local version
  # shellcheck disable=SC2016  # expanded by the inner shell
  version=$(unshare --mount --propagation private \
    sh -c 'mount -n --bind "$0/usr" /usr && exec "$1" --version' "$suite" "$1")
  [[ $version == *" version $2."* ]] || die "expected version $2 of $1 in $suite, found $version"
}
