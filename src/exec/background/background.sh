# shellcheck shell=sh disable=SC2317  # the last two lines run if a file cannot be opened
# Runs a command with its output and its exit code in files, for as long as it
# lasts: that this shell runs is the engine's word.
#
# Usage: sh -c SCRIPT sandcell-background DIRECTORY MARK COMMAND [ARGUMENT]...
# Prints "started" once the name is taken and the files are open; exits with 73
# if DIRECTORY exists, 74 if it or a file in it cannot be made, 127 if there is
# no such command; else with the command's code.
directory=$1 mark=$2
shift 2
command -v "$1" >/dev/null || exit 127
# Shared, like /tmp, by all users of the container, from its first moment.
(umask 0 && mkdir -m 1777 "${directory%/*}") 2>/dev/null
mkdir -m 700 "$directory" || {
  if [ -e "$directory" ] || [ -L "$directory" ]; then exit 73; else exit 74; fi
}
{
  echo "$mark" >&5 || { rm -rf "$directory"; exit 74; }
  echo started
  exec >/dev/null 2>&1
  # A TERM is for the command; its code is to be written down.
  trap : TERM
  # Never a builtin of this shell, which could end it.
  (exec "$@") </dev/null >&3 2>&4 3>&- 4>&- 5>&-
  code=$?
  echo "$code" >"$directory/code"
  exit "$code"
} 3>"$directory/stdout" 4>"$directory/stderr" 5>"$directory/mark"
rm -rf "$directory"
exit 74
