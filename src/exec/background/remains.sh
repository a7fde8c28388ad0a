# shellcheck shell=sh disable=SC2317  # the last line runs if the file cannot be opened
# Reads a file of a background command, which its user can replace by anything:
# only what is a regular file is read, so that nothing can make this wait.
#
# Usage: sh -c SCRIPT sandcell DIRECTORY FILE FROM MAX
# Prints MAX bytes at most from byte FROM on, the first of which is 1. Exits with
# 66 if there is no DIRECTORY, 77 if it or FILE may not be opened, 69 if FILE is
# missing or no regular file.
[ -d "$1" ] || exit 66
cd "$1" || exit 77
[ -f "$2" ] && [ ! -L "$2" ] || exit 69
{
  # It may have been replaced since. Opened to read and write, no file waits.
  [ -f /proc/self/fd/3 ] || exit 69
  if [ "$3" = 1 ]; then head -c "$4" <&3; else tail -c "+$3" <&3 | head -c "$4"; fi
  exit
} 3<>"$2"
exit 77
