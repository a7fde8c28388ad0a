# shellcheck shell=sh
# Writes stdin to a file, and renames it into place once it is complete.
#
# Usage: sh -c SCRIPT sandcell PATH DIRECTORY MODE SIZE TOKEN PARENTS
# Exits with 66 if DIRECTORY does not exist, 20 if it is not a directory, 21 if PATH is a
# directory, 74 if stdin does not have SIZE bytes, and 127 if a program is missing, whose name
# it writes to stderr.
# On a failure it writes a line to stdout and reads stdin to its end: some engines lose the
# output of a command that leaves its input unread.
path=$1 directory=$2 mode=$3 size=$4 temp=$2/.sandcell-$5
for tool in cat chmod mkdir mv rm wc; do
  command -v "$tool" >/dev/null || { echo "$tool" >&2; exit 127; }
done
fail() { echo; cat >/dev/null; exit "$1"; }
umask 022
if [ "$6" = yes ]; then mkdir -p "$directory" || fail 1; fi
# `cat` says on stderr why the directory does not exist; a shell may not.
[ -d "$directory" ] || if [ -e "$directory" ]; then fail 20; else cat "$directory" >/dev/null; fail 66; fi
[ -d "$path" ] && fail 21
umask 077
trap 'rm -f "$temp"' EXIT
trap 'exit 1' HUP INT TERM
cat >"$temp" || fail 1
# Stdin also ends when the sender dies.
[ "$(wc -c <"$temp")" -eq "$size" ] || exit 74
chmod "$mode" "$temp" && mv -f "$temp" "$path" || exit 1
