#!/usr/bin/env bash
# Compares packaging/native-static-libs.txt, what a program links beside libsandcell.a, with what rustc says.
set -euo pipefail
cd "$(dirname "$0")/../.."

output=$(cargo rustc --locked --lib --features capi --crate-type staticlib -- --print native-static-libs 2>&1) || {
  echo "$output" >&2
  exit 1
}
said=$(sed -n 's/^note: native-static-libs: //p' <<<"$output")
listed=$(cat packaging/native-static-libs.txt)
[ "$said" = "$listed" ] || {
  echo "packaging/native-static-libs.txt lists '$listed', rustc says '$said'" >&2
  exit 1
}
