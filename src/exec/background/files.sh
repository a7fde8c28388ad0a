# shellcheck shell=sh disable=SC2317  # the last line runs if the file cannot be opened
# Reads a file of a background command. The command's user can replace it by
# anything, so only a regular file is read: nothing else can block this script.
#
# Usage: sh -c SCRIPT sandcell DIRECTORY FILE FROM MAX
# Prints at most MAX bytes starting at byte FROM, counted from 1. Exits with 66 if
# DIRECTORY does not exist, 77 if it or FILE cannot be opened, 69 if FILE is
# missing or not a regular file.
[ -d "$1" ] || exit 66
cd "$1" || exit 77
[ -f "$2" ] && [ ! -L "$2" ] || exit 69
{
  # It may have been replaced meanwhile. Opening for reading and writing never blocks.
  [ -f /proc/self/fd/3 ] || exit 69
  if [ "$3" = 1 ]; then head -c "$4" <&3; else tail -c "+$3" <&3 | head -c "$4"; fi
  exit
} 3<>"$2"
exit 77
