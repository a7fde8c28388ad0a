# shellcheck shell=sh
# Writes a file of a container: what comes in, if it is all.
#
# Usage: sh -c SCRIPT sandcell PATH DIRECTORY MODE SIZE TOKEN PARENTS
# Exits with 66 if there is no such directory, 20 if it is something else, 21 if
# PATH is a directory, 74 if less or more came in, 127, naming it, if a program is missing.
# Whatever it fails for, it says so with a line and reads on to the end of the input: what a
# command wrote is lost to some engines if it leaves input unread.
path=$1 directory=$2 mode=$3 size=$4 temp=$2/.sandcell-$5
for tool in cat chmod mkdir mv rm wc; do
  command -v "$tool" >/dev/null || { echo "$tool" >&2; exit 127; }
done
fail() { echo; cat >/dev/null; exit "$1"; }
umask 022
if [ "$6" = yes ]; then mkdir -p "$directory" || fail 1; fi
[ -d "$directory" ] || if [ -e "$directory" ]; then fail 20; else fail 66; fi
[ -d "$path" ] && fail 21
umask 077
trap 'rm -f "$temp"' EXIT
trap 'exit 1' HUP INT TERM
cat >"$temp" || fail 1
# The input also ends when whoever sends it is gone.
[ "$(wc -c <"$temp")" -eq "$size" ] || exit 74
chmod "$mode" "$temp" && mv -f "$temp" "$path" || exit 1
