#!/usr/bin/env bash
# Runs a program of docs/, and compares what it prints with what its page says.
#
# Usage: tests/c/docs.sh EXPECTED PROGRAM [ARGUMENT]...
set -euo pipefail

expected=$1
shift
"$@" | diff --unified --label "the page" --label "$(basename "$1")" "$expected" -
