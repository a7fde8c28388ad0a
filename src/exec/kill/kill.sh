# shellcheck shell=sh disable=SC2086  # lists are split into words on purpose
# Signals the processes of one exec. Runs in the container as the exec's own user
# and needs only a shell. Its output is a hint only: other processes of that user
# can stop it or write in its place.
#
# Usage: sh -c SCRIPT sandcell TOKEN all SIGNAL|tree SIGNAL|end -|main SIGNAL
#   all:  signals everything this user may signal; prints "sent SIGNAL"
#   tree: signals the exec's processes; prints "sent SIGNAL"
#   end:  kills them until none is found; prints "left no" or "left yes"
#   main: signals the exec's first process (0: only looks); prints "main PID"
mark=SANDCELL_EXEC=$1 what=$2 signal=$3
newline='
'

# Sets `statuses`, the kernel's status lines of all processes, and `marked`, the
# PIDs (" PID PID ") of those with our mark in their environment. A status line
# cannot be forged, because the kernel escapes line feeds in names. An environment
# can be forged only for processes of its own user.
snapshot() {
  set +f
  statuses=$(grep -h -e ^State: -e ^Pid: -e ^PPid: -e ^Uid: -e ^NSsid: /proc/[0-9]*/status 2>/dev/null)
  marks=$(head -c 4194304 /proc/[0-9]*/environ 2>/dev/null | tr '\0' '\n' |
    grep -e '^==> /proc/[0-9]*/environ <==$' -e "^$mark")
  set -f
  marked=" "
  IFS=$newline
  for line in $marks; do
    case $line in
      "$mark") marked="$marked$pid " ;;
      *) pid=${line#==> /proc/} pid=${pid%%/*} ;;
    esac
  done
  unset IFS
}

# The same with shell builtins only, for a container without the tools or without
# room for another process. Slow: a shell reads files byte by byte.
snapshot_builtin() {
  set +f
  statuses='' marked=" "
  for dir in /proc/[0-9]*; do
    { while read -r line; do
      case $line in State:* | Pid:* | PPid:* | Uid:* | NSsid:*) statuses=$statuses$line$newline ;; esac
    done <"$dir/status"; } 2>/dev/null || continue
    { while IFS= read -r line || [ -n "$line" ]; do
      case $line in *"$mark"*) marked="$marked${dir#/proc/} " && break ;; esac
    done <"$dir/environ"; } 2>/dev/null
  done
  set -f
}

# Adds the process whose status lines are complete, as PID:PARENT:SESSION, if it belongs
# to our user and may be part of the exec.
add() {
  case $pid in '' | 1 | "$$") return ;; esac
  case $state in Z | X) return ;; esac
  [ "$parent" != "$$" ] && [ "$uid" = "$own_uid" ] || return 0
  all="$all $pid:$parent:$session"
}

list() {
  all='' pid='' state='' parent='' uid='' session=0
  IFS=$newline
  for line in $statuses; do
    unset IFS
    set -- $line
    case $1 in
      State:) add && pid='' state=$2 parent='' uid='' session=0 ;;
      Pid:) pid=$2 ;;
      PPid:) parent=$2 ;;
      Uid:) uid=$2 ;;
      NSsid:) session=$2 ;;
    esac
  done
  unset IFS
  add
}

# Adds process $1 of session $2 to the tree. For `end` it is stopped at once, so
# that a forking process cannot win the race. A session identifies the exec only
# if it differs from this shell's: some runtimes use the same session for all
# execs.
add_to_tree() {
  tree="$tree$1 "
  case $sessions in *" $2 "*) ;; *)
    [ "$2" = 0 ] || [ "$2" = "$own_session" ] || sessions="$sessions$2 " ;;
  esac
  [ "$what" != end ] || kill -s STOP "$1" 2>/dev/null
}

# Sets `tree` (the exec's processes) and `main` (the first of them): by the mark,
# or if that was erased, by session or parent. A session once found to be the
# exec's is remembered.
sessions=" "
scan() {
  [ "$builtin_only" ] || snapshot
  # If this shell is not in the statuses, they are unusable.
  case "$statuses" in *Pid:*"$$"*) ;; *) builtin_only=yes ;; esac
  [ -z "$builtin_only" ] || snapshot_builtin
  list
  tree=" " main='' again=yes
  while [ "$again" ]; do
    again='' rest=''
    for process in $all; do
      IFS=: && set -- $process && unset IFS
      case "$marked;$tree;$sessions" in
        *" $1 "*\;*\;* | *\;*" $2 "*\;* | *\;*\;*" $3 "*)
          [ "$2" != 0 ] || main=$1
          add_to_tree "$1" "$3"
          again=yes
          ;;
        *) rest="$rest $process" ;;
      esac
    done
    all=$rest
  done
}

send() {
  [ "$2" = " " ] || kill -s "$1" $2 2>/dev/null
}

# Repeats until no unstopped process is found, then kills all.
end() {
  tries=0
  while scan && [ "$tree" != " " ] && [ $tries -lt 50 ]; do
    seen=
    while [ "$tree" != "$seen" ] && [ $tries -lt 50 ]; do
      seen=$tree tries=$((tries + 1))
      scan
    done
    send KILL "$tree"
  done
  if [ "$tree" = " " ]; then echo "left no"; else echo "left yes"; fi
}

run() {
  case $what in
    all)
      kill -s "$signal" -- -1
      [ "$signal" = KILL ] || kill -s CONT -- -1
      echo "sent $signal"
      ;;
    main)
      scan
      [ "$signal" = 0 ] || [ -z "$main" ] || kill -s "$signal" "$main"
      echo "main $main"
      ;;
    tree)
      scan
      send "$signal" "$tree"
      send CONT "$tree"
      echo "sent $signal"
      ;;
    end) end ;;
  esac
}

own_uid='' own_session=0
while read -r line; do
  set -- $line
  case $1 in Uid:) own_uid=$2 ;; NSsid:) own_session=$2 ;; esac
done <"/proc/$$/status"
builtin_only=
# A shell that cannot fork exits: try again with builtins only.
trap 'trap - EXIT; builtin_only=yes; unset IFS; run; exit 0' EXIT
run 2>/dev/null
trap - EXIT
exit 0 # a process that ended before the signal is not an error
