# shellcheck shell=sh disable=SC2086  # lists are split into words on purpose
# Signals the processes of one exec. Runs in the container, as the exec's own
# user, with nothing but a shell. What it prints is a hint: others of that user
# can stop it, and write in its target.
#
# Usage: sh -c SCRIPT sandcell TOKEN all SIGNAL|tree SIGNAL|end -|main SIGNAL
#   all:  signals all that this user can, by the kernel; prints "sent SIGNAL"
#   tree: signals the exec's processes; prints "sent SIGNAL"
#   end:  kills them until it finds none; prints "left no|yes"
#   main: signals the exec's first process (0: none); prints "main PID"
mark=SANDCELL_EXEC=$1 what=$2 signal=$3
newline='
'

# Sets `facts`, what the kernel says of all processes, and `ours`, ` PID PID `:
# those with our mark in their environment. No line of a status can be made up:
# the kernel escapes the line feeds in a name. An environment can deceive only
# about processes of its own user.
snapshot() {
  set +f
  facts=$(grep -h -e ^State: -e ^Pid: -e ^PPid: -e ^Uid: -e ^NSsid: /proc/[0-9]*/status 2>/dev/null)
  marks=$(head -c 4194304 /proc/[0-9]*/environ 2>/dev/null | tr '\0' '\n' |
    grep -e '^==> /proc/[0-9]*/environ <==$' -e "^$mark")
  set -f
  ours=" "
  IFS=$newline
  for line in $marks; do
    case $line in
      "$mark") ours="$ours$pid " ;;
      *) pid=${line#==> /proc/} pid=${pid%%/*} ;;
    esac
  done
  unset IFS
}

# The same by this very shell, for a container that lacks the tools, or the room
# for another process. Slow: a shell reads files byte by byte.
snapshot_alone() {
  set +f
  facts='' ours=" "
  for dir in /proc/[0-9]*; do
    { while read -r line; do
      case $line in State:* | Pid:* | PPid:* | Uid:* | NSsid:*) facts=$facts$line$newline ;; esac
    done <"$dir/status"; } 2>/dev/null || continue
    { while IFS= read -r line || [ -n "$line" ]; do
      case $line in *"$mark"*) ours="$ours${dir#/proc/} " && break ;; esac
    done <"$dir/environ"; } 2>/dev/null
  done
  set -f
}

# Adds the process of which all facts are read, as PID:PARENT:SESSION, if it is
# of our user and could be the exec's.
add() {
  case $pid in '' | 1 | "$$") return ;; esac
  case $state in Z | X) return ;; esac
  [ "$parent" != "$$" ] && [ "$uid" = "$own_uid" ] || return 0
  all="$all $pid:$parent:$session"
}

list() {
  all='' pid='' state='' parent='' uid='' session=0
  IFS=$newline
  for line in $facts; do
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

# Process $1, of session $2, is ours. Where all are to be killed it is stopped at
# once: a process that makes others must not win the race. No session tells
# whose a process is if it is that of this shell: some runtimes give all the same.
adopt() {
  tree="$tree$1 "
  case $sessions in *" $2 "*) ;; *)
    [ "$2" = 0 ] || [ "$2" = "$own_session" ] || sessions="$sessions$2 " ;;
  esac
  [ "$what" != end ] || kill -s STOP "$1" 2>/dev/null
}

# Sets `tree` (our processes) and `main` (the first of them): by the mark, and
# where that was erased by session and by parent. A session that was once seen to
# be ours stays so.
sessions=" "
scan() {
  [ "$alone" ] || snapshot
  # Without this shell in them, the facts are none.
  case "$facts" in *Pid:*"$$"*) ;; *) alone=yes ;; esac
  [ -z "$alone" ] || snapshot_alone
  list
  tree=" " main='' again=yes
  while [ "$again" ]; do
    again='' left=''
    for process in $all; do
      IFS=: && set -- $process && unset IFS
      case "$ours;$tree;$sessions" in
        *" $1 "*\;*\;* | *\;*" $2 "*\;* | *\;*\;*" $3 "*)
          [ "$2" != 0 ] || main=$1
          adopt "$1" "$3"
          again=yes
          ;;
        *) left="$left $process" ;;
      esac
    done
    all=$left
  done
}

send() {
  [ "$2" = " " ] || kill -s "$1" $2 2>/dev/null
}

# Looks until nobody is found who was not stopped yet, and kills them all.
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
alone=
# A shell that cannot fork gives up: then once more, without.
trap 'trap - EXIT; alone=yes; unset IFS; run; exit 0' EXIT
run 2>/dev/null
trap - EXIT
exit 0 # a process that ended before its signal is none to complain of
