#!/usr/bin/env bash
# Checks that the shared library exports what the header declares, and nothing else.
#
# Usage: tests/c/symbols.sh LIBRARY
set -euo pipefail

header=$(dirname "$0")/../../include/sandcell.h
exported=$(nm --dynamic --defined-only --format=posix "$1" | cut -d' ' -f1 | sort)
declared=$(sed -n '/^[a-z]/s/.*\<\(sandcell_[a-z_]*\)(.*/\1/p' "$header" | sort)
diff --unified=0 --label "declared in the header" --label "exported by $1" <(echo "$declared") <(echo "$exported")
