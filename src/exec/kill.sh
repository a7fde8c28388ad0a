# Finds and signals the processes of one exec. Runs in the container, as the
# exec's own user, with nothing but a shell.
#
# Usage: sh -c SCRIPT sandock TOKEN main SIGNAL|tree SIGNAL|alive -|end -
#   main:  signals the exec's first process (0: none); prints "main PID"
#   tree:  signals all its processes; prints "sent SIGNAL"
#   alive: prints "alive yes|no"
#   end:   kills them all; prints "gone yes|no|unknown"
cookie=SANDOCK_EXEC=$1 what=$2 signal=$3
newline='
'

# Sets `stats`, the kernel's line on each process, and ` PID PID `: `ours` with
# our mark in their environment, `marked` with any exec's.
snapshot() {
  set +f
  stats=$(cat /proc/[0-9]*/stat 2>/dev/null)
  marks=$(head -c 16384 /proc/[0-9]*/environ 2>/dev/null | tr '\0' '\n' |
    grep -e '^==> /proc/' -e '^SANDOCK_EXEC=')
  ours=" " marked=" "
  IFS=$newline
  for line in $marks; do
    case $line in
      "$cookie") ours="$ours$pid " ;;
      SANDOCK_EXEC=*) marked="$marked$pid " ;;
      *) pid=${line#==> /proc/} pid=${pid%%/*} ;;
    esac
  done
  unset IFS
}

# The same by this very shell, for a container that lacks the tools, or the room
# for another process. Slow: a shell reads files byte by byte.
snapshot_alone() {
  set +f
  ours=" " marked=" " stats=
  for dir in /proc/[0-9]*; do
    { IFS= read -r line <"$dir/stat"; } 2>/dev/null || continue
    stats=$stats$line$newline
    set -- ${line##*) }
    # Whoever is in a session of ours is found by that.
    case $sessions in *" $4 "*) ;; *) read_environment "${dir#/proc/}" ;; esac
  done
}

read_environment() {
  { while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      *"$cookie"*) ours="$ours$1 " && break ;;
      *SANDOCK_EXEC=*) marked="$marked$1 " ;;
    esac
  done <"/proc/$1/environ"; } 2>/dev/null
}

# Process $1, of session $2, is ours. When all are signalled it is stopped at
# once: a process that makes others must not win the race.
adopt() {
  tree="$tree$1 "
  case $sessions in *" $2 "*) ;; *) [ "$2" = 0 ] || sessions="$sessions$2 " ;; esac
  case $what in tree | end) kill -s STOP "$1" 2>/dev/null ;; esac
}

# Sets `tree` (our processes), `main` (the first of them) and `strangers`. A
# session that was once seen to be ours stays so: a process that is about to end
# has no environment any more.
sessions=" "
scan() {
  [ "$alone" ] || snapshot
  # Without this shell in them, the lists are none.
  case "$newline$stats" in *"$newline$$ ("*) ;; *) alone=yes ;; esac
  case "$newline$marks" in *"$newline==> /proc/$$/"*) ;; *) alone=yes ;; esac
  [ -z "$alone" ] || snapshot_alone
  set -f
  tree=" " main= others=
  IFS=$newline
  for line in $stats; do
    unset IFS
    pid=${line%% *}
    # The command's name, in parentheses, may contain anything.
    set -- ${line##*) }
    [ "$pid" != 1 ] && [ "$1" != Z ] && [ "$1" != X ] || continue
    # What process 1 runs by itself, and this very shell, are known.
    [ "$4" != 1 ] && [ "$4" != "$own_session" ] || continue
    case "$ours;$sessions" in
      *" $pid "*\;* | *\;*" $4 "*)
        [ "$2" != 0 ] || main=$pid
        adopt "$pid" "$4"
        ;;
      *) others="$others $pid:$2:$4" ;;
    esac
  done
  unset IFS
  # A process that has changed its environment is still a child of ours, or in
  # a session of ours.
  again=yes
  while [ "$again" ]; do
    again= left= strangers=
    for other in $others; do
      IFS=: && set -- $other && unset IFS
      case "$tree;$sessions" in
        *" $2 "*\;* | *\;*" $3 "*) adopt "$1" "$3" && again=yes ;;
        *)
          left="$left $other"
          case $marked in *" $1 "*) ;; *) strangers=yes ;; esac
          ;;
      esac
    done
    others=$left
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
  gone=yes
  [ -z "$strangers" ] || gone=unknown
  [ "$tree" = " " ] || gone=no
  echo "gone $gone"
}

run() {
  case $what in
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
    alive)
      scan
      if [ "$tree" = " " ]; then echo "alive no"; else echo "alive yes"; fi
      ;;
    end) end ;;
  esac
}

IFS= read -r line </proc/$$/stat || exit 4
set -- ${line##*) }
own_session=$4
alone=
# A shell that cannot fork gives up: then once more, without.
trap 'trap - EXIT; alone=yes; unset IFS; run; exit 0' EXIT
run 2>/dev/null
trap - EXIT
exit 0 # a process that ended before its signal is none to complain of
