# shellcheck shell=sh disable=SC2317  # the last two lines run if a file cannot be opened
# Runs a command with its output and its exit code in files, and waits for it: the
# engine reports the command as running while this shell runs.
#
# Usage: sh -c SCRIPT sandcell-background DIRECTORY MARK COMMAND [ARGUMENT]...
# Prints "started" once the name is taken and the files are open. Exits with 73 if
# DIRECTORY exists, 74 if it or a file in it cannot be created, 127 if the program
# does not exist, or else with the command's exit code.
directory=$1 mark=$2
shift 2
command -v "$1" >/dev/null || exit 127
# Created with the mode of /tmp, because all users of the container share it.
(umask 0 && mkdir -m 1777 "${directory%/*}") 2>/dev/null
mkdir -m 700 "$directory" || {
  if [ -e "$directory" ] || [ -L "$directory" ]; then exit 73; else exit 74; fi
}
{
  echo "$mark" >&5 || { rm -rf "$directory"; exit 74; }
  echo started
  exec >/dev/null 2>&1
  # SIGTERM is for the command; this shell must survive to write the exit code.
  trap : TERM
  # The exec prevents a builtin of this shell, which could end it.
  (exec "$@") </dev/null >&3 2>&4 3>&- 4>&- 5>&-
  code=$?
  echo "$code" >"$directory/code"
  exit "$code"
} 3>"$directory/stdout" 4>"$directory/stderr" 5>"$directory/mark"
rm -rf "$directory"
exit 74
