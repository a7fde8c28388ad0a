# Runs a command in the background of a container, with its output in files.
#
# Usage: sh -c SCRIPT sandock DIRECTORY COMMAND [ARGUMENT]...
# Exits with 73 if DIRECTORY exists, 74 if it cannot be made, 127 if there is
# no such command.
directory=$1
shift
umask 077
command -v "$1" >/dev/null || exit 127
# Shared, like /tmp, by all users of the container.
mkdir -m 1777 "${directory%/*}" 2>/dev/null
mkdir "$directory" 2>/dev/null || { [ -e "$directory" ] && exit 73 || exit 74; }
{
  "$@"
  echo $? >"$directory/code.new"
  mv "$directory/code.new" "$directory/code"
} </dev/null >"$directory/stdout" 2>"$directory/stderr" &
