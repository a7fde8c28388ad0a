#!/usr/bin/env bash
# Runs a program under valgrind, and fails at any error, any leak, or any descriptor that stays open.
#
# Usage: tests/c/memcheck.sh PROGRAM [ARGUMENT]...
set -euo pipefail

for fd in /proc/self/fd/*; do # the caller's are not the program's
  fd=${fd##*/}
  ((fd <= 2)) || exec {fd}>&-
done
log=$(mktemp)
trap 'rm -f "$log"' EXIT
code=0
# A child that only forks has its parent's memory, and cannot free it. A log of valgrind's own would be a descriptor too many.
valgrind --error-exitcode=99 --child-silent-after-fork=yes --track-fds=yes \
  --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all "$@" 2>"$log" || code=$?
if [ "$code" != 0 ] || ! grep --quiet 'FILE DESCRIPTORS: 3 open (3 std) at exit' "$log"; then
  cat "$log" >&2
  exit 99
fi
