#!/usr/bin/env bash
# Checks that a flaw is found: that the command fails, and names it.
#
# Usage: tests/c/sanitizer_selftest.sh leak|use-after-free|descriptor|overflow|race COMMAND [ARGUMENT]...
set -euo pipefail

case $1 in
  leak) names='definitely lost|LeakSanitizer: detected memory leaks' ;;
  use-after-free) names='Invalid read|AddressSanitizer: heap-use-after-free' ;;
  descriptor) names='Open file descriptor 3: /dev/null' ;;
  overflow) names='runtime error: signed integer overflow' ;;
  race) names='WARNING: ThreadSanitizer: data race' ;;
esac
if output=$("${@:2}" "$1" 2>&1); then
  echo "$1 was not found: $output" >&2
  exit 1
fi
grep --extended-regexp "$names" <<<"$output"
